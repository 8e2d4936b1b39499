// What is known of a site: where help is sent, which clock its people live by, which language its voice speaks.

import { Name, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

export const Site = Type.Object({
  name: Name({ title: 'Name', description: 'As people call the plant.' }),
  houseNumber: Type.String({ title: 'House number', maxLength: 20, default: '' }),
  street: Type.String({ title: 'Street', maxLength: 120, default: '', description: 'Where an ambulance is sent to.' }),
  city: Type.String({ title: 'City', maxLength: 80, default: '' }),
  region: Type.String({ title: 'State or region', maxLength: 80, default: '' }),
  postalCode: Type.String({ title: 'Postal code', maxLength: 20, default: '' }),
  country: Type.String({
    title: 'Country',
    pattern: '^[A-Z]{2}$',
    default: 'US',
    description: 'Two letters (ISO 3166): decides tones and emergency numbers.',
  }),
  timeZone: Type.String({ title: 'Time zone', default: 'America/Detroit', description: 'IANA name.' }),
  language: Type.String({
    title: 'Language',
    pattern: '^[a-z]{2,3}(-[a-z0-9]{2,8})*$',
    default: 'en-us',
    description: 'Of spoken messages.',
  }),
})
export type Site = Static<typeof Site>

/** The resource kind `site`. */
export const siteKind: ResourceKind<Site> = {
  kind: 'site',
  prefix: 'sit',
  title: ['Site', 'Sites'],
  schema: Site,
  label: 'name',
  check: site =>
    knownTimeZone(site.timeZone)
      ? {}
      : { timeZone: 'is not a time zone of the IANA list: write one like Europe/Berlin' },
}

/** Whether the run-time's time-zone data know this IANA name. */
export function knownTimeZone(name: string): boolean {
  try {
    new Intl.DateTimeFormat('en', { timeZone: name })
    return true
  } catch (error) {
    // RangeError is how Intl says "unknown"; anything else is a fault of ours.
    if (error instanceof RangeError) return false
    throw error
  }
}

/** Street, city and the rest in one line; empty while nothing was entered. */
export function addressLine(site: Site): string {
  const street = [site.houseNumber, site.street].filter(Boolean).join(' ')
  const city = [site.region, site.postalCode].filter(Boolean).join(' ')
  return [street, site.city, city].filter(Boolean).join(', ')
}
