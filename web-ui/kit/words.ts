// Texts by key: the shell's and every feature's, with parameters in braces.
import { words as shell } from '../words.en.ts'

type Words = Readonly<Record<string, string>>

const features = import.meta.glob<{ words: Words }>('../../firmware/features/*/*/words.en.ts', { eager: true })
const all: Words = Object.assign({}, ...Object.values(features).map(one => one.words), shell)

const districts = new Map(
  Object.keys(features).map(file => [file.split('/').at(-2) ?? '', file.split('/').at(-3) ?? '']),
)

/** The shelf that a feature stands on: `phones`, `safety`. */
export const districtOf = (feature: string): string => districts.get(feature) ?? ''

/** The text of a key; a key that nobody worded is shown as it is. */
export function t(key: string, parameters: Readonly<Record<string, string | number>> = {}): string {
  return (all[key] ?? key).replace(/\{(\w+)\}/g, (whole, name: string) => String(parameters[name] ?? whole))
}

/** How a call or a delivery ended, as a person says it; words of somebody else are shown as they are. */
export const causeText = (cause: string): string => all[`cause.${cause}`] ?? cause

/** The title of a feature's page; without a word of its own, its name. */
export const titleOf = (feature: string): string => all[`${feature}.title`] ?? sentence(feature.replaceAll('-', ' '))

/** With a capital letter. */
export const sentence = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1)

/** A field name as words: `idleMinutes` → "Idle minutes". */
export const fieldWords = (name: string): string =>
  sentence(
    name
      .replace(/([a-z])([A-Z])/g, '$1 $2')
      .replaceAll('-', ' ')
      .toLowerCase(),
  )

/** A time of day, or day and time when it is not today. */
export function when(milliseconds: number): string {
  const date = new Date(milliseconds)
  const today = date.toDateString() === new Date().toDateString()
  const time = date.toLocaleTimeString(undefined, { hour: '2-digit', minute: '2-digit', second: '2-digit' })
  return today ? time : `${date.toLocaleDateString(undefined, { dateStyle: 'medium' })}, ${time}`
}

/** A length of time: `1:05`, `2:00:00`. */
export function span(seconds: number): string {
  const whole = Math.max(0, Math.floor(seconds))
  const [hours, minutes, rest] = [Math.floor(whole / 3_600), Math.floor(whole / 60) % 60, whole % 60]
  const two = (value: number) => String(value).padStart(2, '0')
  return hours > 0 ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`
}

/** 1.5 GB, 320 MB. */
export function bytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB']
  const power = count < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log10(count) / 3))
  const value = count / 1_000 ** power
  return `${value < 10 && power > 0 ? value.toFixed(1) : Math.round(value)} ${units[power]}`
}
