// What is marked on a map: buttons, zones and devices, each where it is and as it is at this moment.

import { words } from './words.en.ts'
import type { ZoneOutcome } from './zone-state.ts'

export interface Mark {
  readonly kind: 'button' | 'zone' | 'device' | 'press'
  readonly id: string
  readonly name: string
  /** Of an alarm: this button was pressed, help is needed here. */
  readonly pressed: boolean
  /** Of a zone in an alarm. */
  readonly outcome?: ZoneOutcome
}

const RED = '#c92a2a'
const GRAY = '#495057'
const OF_ZONE: Readonly<Record<ZoneOutcome['state'], string>> = {
  quiet: GRAY,
  sounding: '#087f5b',
  heard: '#0b7285',
  'not-verified': '#b35900',
  'not-reached': RED,
}
const OF_KIND: Readonly<Record<Mark['kind'], string>> = { button: '#862e9c', zone: '#1864ab', device: GRAY, press: RED }

export const colorOf = (mark: Mark): string => {
  if (mark.pressed) return RED
  return mark.outcome === undefined ? OF_KIND[mark.kind] : OF_ZONE[mark.outcome.state]
}

/** Never by colour alone: what matters is written beside it. */
export function textOf(mark: Mark): string {
  if (mark.kind === 'press') return mark.name
  if (mark.pressed) return words['maps.pressed'].replace('{name}', mark.name)
  if (mark.outcome === undefined) return mark.name
  const { state, missed, of } = mark.outcome
  const said = words[`maps.zone.${state}`].replace('{missed}', String(missed)).replace('{of}', String(of))
  return `${mark.name}: ${said}`
}

/** What is urgent is drawn last, above the rest, and is what remains where there is little room. */
export const urgencyOf = (mark: Mark): number => {
  if (mark.pressed) return 3
  if (mark.outcome === undefined || mark.outcome.state === 'quiet') return mark.kind === 'device' ? 0 : 1
  return 2
}
