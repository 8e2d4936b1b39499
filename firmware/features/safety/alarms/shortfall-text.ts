// Whom a step of an alarm did not reach, in words.
import type { Shortfall } from '../../../kernel/feature.ts'
import { words } from './words.en.ts'

/** So many are named; the rest is counted. */
const NAMED = 5

/** `2 of 40 were not reached: 201 Press shop, 202 Paint shop; of 3 nothing tells whether it was heard`. */
export function shortfallText({ missed, unverified, of, who }: Shortfall): string {
  const parts: string[] = []
  if (missed > 0) {
    const more = missed - Math.min(NAMED, who.length)
    const named = [
      ...who.slice(0, NAMED),
      ...(more > 0 ? [words['alarms.short.more'].replace('{count}', `${more}`)] : []),
    ]
    const text = words['alarms.short.missed'].replace('{count}', `${missed}`).replace('{all}', `${of}`)
    parts.push(text.replace('{who}', named.join(', ')))
  }
  if (unverified > 0)
    parts.push(words['alarms.short.unverified'].replace('{count}', `${unverified}`).replace('{all}', `${of}`))
  return parts.join('; ')
}
