// What people are told of an alarm: where the newest hand was, and where the others were before it.
import type { Alarm } from './alarm.ts'
import { words } from './words.en.ts'

/** A notice must fit into one datagram (RFC 3428 section 8: 1,300 bytes). */
const MOST_OTHERS = 6

/** The newest place first, each once. */
export const causesOf = (alarm: Pick<Alarm, 'cause' | 'presses'>): readonly string[] => [
  ...new Set([alarm.cause, ...alarm.presses.map(press => press.cause)].reverse()),
]

/** `Button “Gate”, Yard (also: Button “Press 4”, Hall 1)`, and the location of the newest press that has one. */
export function newestPress(alarm: Alarm): { readonly cause: string; readonly location?: string } {
  const [cause = alarm.cause, ...others] = causesOf(alarm)
  const location = alarm.presses.findLast(press => press.location !== undefined)?.location ?? alarm.location
  const where = location === undefined ? {} : { location }
  if (others.length === 0) return { cause, ...where }
  const named = [...others.slice(0, MOST_OTHERS), ...(others.length > MOST_OTHERS ? ['…'] : [])].join('; ')
  return { cause: words['alarms.also'].replace('{cause}', cause).replace('{others}', named), ...where }
}
