// Verbs of bells: what rings next, ringing by hand, silence for today, and what has rung.
import { PbxError } from '../../../kernel/errors.ts'
import type { Route } from '../../../kernel/feature.ts'
import { HistoryInput } from '../../../kernel/history-input.ts'
import type { Stored, Who } from '../../../kernel/store.ts'
import { localText, sameDay } from './moments.ts'
import { isSilent, ringNow, type Tower } from './ringing.ts'
import { type Bell, BellInput, SilenceInput } from './settings.ts'

/** What the routes ask of the feature. */
export interface Desk {
  readonly tower: Tower
  all(): readonly Stored<Bell>[]
  /** The next moments of a bell, as the clock has it; UTC milliseconds. */
  next(bell: Stored<Bell>): readonly number[]
}

/** The routes of this feature. */
export function routesOf(desk: Desk): Route<never, unknown>[] {
  const { tower } = desk
  const bellOf = (id: string): Stored<Bell> => {
    const bell = desk.all().find(one => one.id === id)
    if (bell === undefined) throw new PbxError('bells.not-found', 'there is no such bell', { status: 404 })
    return bell
  }
  const state: Route<Record<string, never>, unknown> = {
    method: 'GET',
    path: 'bells/state',
    about: 'Every bell: when it rings next, where, and who silenced it for today.',
    permission: 'bells.view',
    rows: { in: 'bells', on: ({ id }: { readonly id: string }) => [{ kind: 'bell', id }] },
    run: () => ({ bells: desk.all().map(bell => stateOf(desk, bell)) }),
  }
  const ring: Route<BellInput, { rung: true }> = {
    method: 'POST',
    path: 'bells/ring',
    about: 'Rings a bell now, in all of its zones, silenced or not.',
    permission: 'bells.ring',
    input: BellInput,
    run({ bell }, who) {
      ringNow(tower, bellOf(bell), who)
      return { rung: true }
    },
  }
  const seen: Route<BellInput, { seen: true }> = {
    method: 'POST',
    path: 'bells/seen',
    about: 'Says that somebody knows that a bell did not ring.',
    permission: 'bells.ring',
    input: BellInput,
    async run({ bell }) {
      await tower.leftOut.deleteNow(bell)
      return { seen: true }
    },
  }
  return [state, ring, seen, silenceRoute(tower), historyRoute(tower)] as Route<never, unknown>[]
}

const silenceRoute = (tower: Tower): Route<SilenceInput, { silent: boolean }> => ({
  method: 'POST',
  path: 'bells/silence',
  about:
    'Silences a bell, or every bell of a zone, for the rest of the day by the clock of its site; or lets it ring again.',
  permission: 'bells.ring',
  input: SilenceInput,
  async run({ bell, zone, today }, who: Who) {
    const id = bell ?? zone
    if (id === undefined || (bell !== undefined && zone !== undefined))
      throw new PbxError('bells.one-of-two', 'say either a bell or a zone', {
        fields: { bell: 'name a bell here, or a zone, not both and not none' },
      })
    const at = tower.ctx.clock.now()
    if (today) await tower.silences.setNow(id, { who: who.name, at })
    else await tower.silences.deleteNow(id)
    const what = bell === undefined ? { zone: id } : { bell }
    tower.ctx.emit('bell.silenced', { ...what, today, who: who.name, at })
    return { silent: today }
  },
})

const historyRoute = (tower: Tower): Route<HistoryInput, unknown> => ({
  method: 'GET',
  path: 'bells/history',
  about: 'Bells that rang, and those that should have, newest first.',
  permission: 'bells.view',
  input: HistoryInput,
  rows: { in: 'rings', on: ({ bell: id }: { readonly bell: string }) => [{ kind: 'bell', id }] },
  async run(asked) {
    const { rows, ...more } = await tower.log.past(asked)
    return { rings: rows, ...more }
  },
})

function stateOf({ tower, next }: Desk, bell: Stored<Bell>) {
  const clock = tower.zoneOf(bell)
  const silence = (id: string) => (isSilent(tower, bell, id) ? { silencedBy: tower.silences.get(id)?.who } : {})
  const left = tower.leftOut.get(bell.id)
  const now = tower.ctx.clock.now()
  const silent = isSilent(tower, bell, bell.id)
  const rings = next(bell).filter(at => !silent || !sameDay(at, now, clock))
  return {
    id: bell.id,
    name: bell.name,
    next: rings.map(at => ({ at, local: localText(at, clock) })),
    zones: bell.zones.map(id => ({ id, name: tower.zones.get(id)?.name ?? '?', ...silence(id) })),
    ...silence(bell.id),
    ...(left && { leftOut: { ...left, local: localText(left.due, clock) } }),
  }
}
