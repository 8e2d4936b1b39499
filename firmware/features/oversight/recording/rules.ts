// Whether a call is recorded, and by which rule.
import type { Bridge, Leg } from '../../../kernel/call/call.types.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { RecordingRule } from './settings.ts'

/** What decides about one bridge. */
export interface Question {
  readonly rules: readonly Stored<RecordingRule>[]
  readonly bridge: Pick<Bridge, 'a' | 'b'>
  /** Ring groups that the call came by. */
  readonly groups: readonly string[]
}

/** The rule by which it is recorded; undefined: not at all. One `none` outweighs all others. */
export function ruleFor({ rules, bridge, groups }: Question): Stored<RecordingRule> | undefined {
  const { a, b } = bridge
  const touches = (rule: RecordingRule, leg: Leg) =>
    leg.party.extension !== undefined && rule.extensions.includes(leg.party.extension)
  const byGroup = (rule: RecordingRule) => rule.groups.some(group => groups.includes(group))
  const concerned = rules.filter(rule => byGroup(rule) || [a, b].some(leg => touches(rule, leg)))
  if (concerned.some(rule => rule.which === 'none')) return undefined
  return concerned.find(rule => {
    if (rule.which === 'all' || byGroup(rule)) return true
    // Whom the box called is at a leg that goes out.
    return [a, b].some(leg => leg.direction === 'out' && touches(rule, leg))
  })
}
