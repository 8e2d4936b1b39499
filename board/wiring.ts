// Wiring kinds of buttons: what each can tell apart, and nothing more.
import type { Reading } from './board.ts'
import type { Range, Wiring } from './protocol.ts'

/** What the readings of an input mean at this moment, before any debouncing. */
export type Verdict =
  | { readonly state: 'rest' }
  | { readonly state: 'pressed' }
  | { readonly state: 'fault'; readonly fault: string }

/** Contacts may disagree this long while a button travels; milliseconds. */
export const DISAGREEMENT_PATIENCE = 100

const REST: Verdict = { state: 'rest' }
const PRESSED: Verdict = { state: 'pressed' }
const fault = (text: string): Verdict => ({ state: 'fault', fault: text })
const within = (value: number, [from, to]: Range) => value >= from && value <= to

/** Undefined while a terminal has not been read yet. */
export function judge(wiring: Wiring, readings: readonly (Reading | undefined)[]): Verdict | undefined {
  const [first, second] = readings
  if (first === undefined) return undefined
  switch (wiring.kind) {
    case 'normally-closed':
      if (first === 'silent') return fault('line not readable')
      return first === 0 ? PRESSED : REST
    case 'two-contacts':
      if (second === undefined) return undefined
      if (first === 'silent' || second === 'silent') return fault('line not readable')
      if (first === second) return fault('contacts disagree')
      return first === 0 ? PRESSED : REST
    case 'resistor':
      return first === 'silent' ? fault('channel not readable') : judgeVoltage(first, wiring.windows)
    case 'module':
      if (first === 'silent') return fault('module silent')
      return first === 0 ? REST : PRESSED
  }
}

function judgeVoltage(millivolts: number, windows: { rest: Range; press: Range }): Verdict {
  if (within(millivolts, windows.press)) return PRESSED
  if (within(millivolts, windows.rest)) return REST
  if (millivolts < Math.min(windows.rest[0], windows.press[0])) return fault('short')
  if (millivolts > Math.max(windows.rest[1], windows.press[1])) return fault('cut')
  return fault('between windows')
}
