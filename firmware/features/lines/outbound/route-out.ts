// Which rule carries a dialled number to the outside, and as what it is sent.
import type { Stored } from '../../../kernel/store.ts'
import { type OutsideNumber, outsideNumber } from '../trunks/feature.ts'
import { isLike } from './pattern.ts'
import type { OutboundRule } from './settings.ts'

/** A number on its way out. */
export interface WayOut {
  readonly rule: Stored<OutboundRule>
  readonly number: OutsideNumber
  /** Where the rule rewrites: what is sent. */
  readonly asSent?: string
}

/** Shorter ones are somebody's typing error; the longest number of the world has 15 digits, and a carrier's code may come first. */
const PLAUSIBLE = /^\+?[0-9*#]{2,24}$/

/** The first rule that fits what was dialled, in the country of the caller's site. */
export function wayOut(
  rules: readonly Stored<OutboundRule>[],
  o: { readonly dialled: string; readonly country: string },
): WayOut | undefined {
  if (!PLAUSIBLE.test(o.dialled)) return undefined
  const inOrder = [...rules].sort((a, b) => a.order - b.order || a.name.localeCompare(b.name))
  for (const rule of inOrder) {
    const behind = o.dialled.startsWith('+') ? o.dialled : afterPrefix(o.dialled, rule.prefix)
    if (behind === undefined || behind === '') continue
    const number = outsideNumber(behind, o.country)
    if (!rule.kinds.includes(number.class) || !fits(rule, number)) continue
    const rewrites = rule.strip > 0 || rule.prepend !== ''
    return { rule, number, ...(rewrites && { asSent: rule.prepend + behind.slice(rule.strip) }) }
  }
  return undefined
}

const afterPrefix = (dialled: string, prefix: string) =>
  dialled.startsWith(prefix) ? dialled.slice(prefix.length) : undefined

const fits = ({ patterns }: OutboundRule, number: OutsideNumber) =>
  !patterns.length || patterns.some(pattern => isNumberLike(number, pattern))

/** A pattern with + is about the whole number, another one about what was dialled. */
export const isNumberLike = ({ dialled, e164 }: OutsideNumber, pattern: string): boolean =>
  pattern.startsWith('+') ? e164 !== undefined && isLike(e164, pattern) : isLike(dialled, pattern)
