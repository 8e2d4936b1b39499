// What the metrics page tells of trunks.
import type { Stored } from '../../../kernel/store.ts'
import type { DialParts } from './dial.ts'
import type { Trunk } from './settings.ts'
import type { NameState, Whereabouts } from './whereabouts.ts'

const NOT_FOUND: readonly NameState[] = ['stale', 'unknown']

export function figuresOf(
  { trunks, watch, carries }: Pick<DialParts, 'trunks' | 'watch' | 'carries'>,
  all: readonly Stored<Trunk>[],
  whereabouts: Whereabouts,
): Readonly<Record<string, number>> {
  const inService = trunks()
  return {
    trunks: inService.length,
    trunks_down: inService.filter(({ id }) => watch.verdictOf(id).health === 'down').length,
    trunk_names_not_found: inService.filter(trunk => NOT_FOUND.includes(whereabouts.stateOf(trunk).state)).length,
    trunk_calls_live: inService.reduce((sum, { id }) => sum + carries(id), 0),
    ...total(all.map(({ id }) => watch.countsOf(id))),
  }
}

const total = (counts: readonly { out: number; in: number; failed: number }[]) => ({
  trunk_calls_out_total: counts.reduce((sum, one) => sum + one.out, 0),
  trunk_calls_in_total: counts.reduce((sum, one) => sum + one.in, 0),
  trunk_calls_not_taken_total: counts.reduce((sum, one) => sum + one.failed, 0),
})
