// Numbers of the outside world: what was dialled, as a whole number of the world, and what kind of number it is.
import { type CountryCode, isSupportedCountry, parsePhoneNumberFromString } from 'libphonenumber-js/max'
import type { NumberFormat } from './settings.ts'

/** What a call to a number costs, roughly. `service`: short numbers, and whatever is no whole number. */
export const NUMBER_CLASSES = ['national', 'toll-free', 'service', 'international', 'premium'] as const
export type NumberClass = (typeof NUMBER_CLASSES)[number]

/** A number as it was dialled, and what it means where it was dialled. */
export interface OutsideNumber {
  readonly dialled: string
  /** Absent: not a whole number. */
  readonly e164?: string
  /** Digits as dialled within the country. */
  readonly national?: string
  readonly class: NumberClass
}

/** Reads a number as it is dialled in this country (ISO 3166), with its prefixes for long distance and abroad. */
export function outsideNumber(dialled: string, country: string): OutsideNumber {
  const home: CountryCode = isSupportedCountry(country) ? country : 'US'
  const parsed = parsePhoneNumberFromString(dialled, home)
  if (!parsed?.isPossible()) return { dialled, class: 'service' }
  const type = parsed.getType()
  // Numbers that cost more by the minute do so wherever they are.
  const costly = type === 'PREMIUM_RATE' || type === 'SHARED_COST'
  const abroad =
    parsed.country !== undefined ? parsed.country !== home : parsed.countryCallingCode !== callingCode(home)
  const within = type === 'TOLL_FREE' ? 'toll-free' : 'national'
  return {
    dialled,
    e164: parsed.number,
    national: parsed.formatNational().replace(/\D/g, ''),
    class: costly ? 'premium' : abroad ? 'international' : within,
  }
}

const callingCode = (home: CountryCode) => parsePhoneNumberFromString('5550100', home)?.countryCallingCode

/** A number of somebody outside in one spelling: E.164 where it is a whole number, else as it came. */
export const spelled = (number: string, country: string): string => outsideNumber(number, country).e164 ?? number

/** The number as this trunk wants it. */
export function written(number: OutsideNumber, format: NumberFormat): string {
  if (number.e164 === undefined) return number.dialled
  switch (format) {
    case 'e164':
      return number.e164
    case 'e164-without-plus':
      return number.e164.slice(1)
    case 'national':
      return number.class === 'international' ? number.e164 : (number.national ?? number.e164)
    case 'as-dialled':
      return number.dialled
  }
}
