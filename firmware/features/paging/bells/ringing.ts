// Rings one bell: where nobody silenced it, by its pages; notes what became of it, and what did not ring.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import { newIdentity } from '../../../kernel/identity.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import type { Stored, Who } from '../../../kernel/store.ts'
import type { BellOrder, Paging, ReadyBell } from '../paging/feature.ts'
import type { Zones } from '../zones/feature.ts'
import type { Due, Why } from './belfry.ts'
import type {} from './facts.ts'
import { sameDay } from './moments.ts'
import type { RingLog } from './records.ts'
import type { Bell, BellSettings } from './settings.ts'
import { words } from './words.en.ts'

/** Somebody wants no bell for the rest of the day; by the id of a bell or a zone. */
export interface Silence {
  readonly who: string
  /** UTC milliseconds. */
  readonly at: number
}

/** A bell that was due and did not ring, the latest of each. */
export interface LeftOut {
  readonly name: string
  readonly due: number
  readonly why: Why | 'nothing-to-say' | 'nobody'
  /** How many times since somebody saw it. */
  readonly count: number
}

/** What ringing needs of the box. */
export interface Tower {
  readonly ctx: Pick<Context<BellSettings>, 'settings' | 'clock' | 'emit' | 'spawn'>
  readonly paging: Pick<Paging, 'readied' | 'prepare' | 'missing'>
  readonly zones: Pick<Zones, 'get'>
  readonly silences: LiveCollection<Silence>
  readonly leftOut: LiveCollection<LeftOut>
  readonly log: RingLog
  zoneOf(bell: Bell): string
}

const BOX: Who = { by: 'box', name: 'plant-pbx' }

/** Everything that a bell needs, resolved now. */
export function makeReady(tower: Tower, bell: Stored<Bell>): ReadyBell {
  return readiedIn(
    tower,
    bell,
    bell.zones.filter(zone => !isSilent(tower, bell, zone)),
  )
}

/** What it says. */
export const saidBy = ({ tone, messages, text, repeats, gapSeconds }: Bell): BellOrder['says'] => ({
  tone,
  messages,
  repeats,
  gapSeconds,
  ...(text !== undefined && { text }),
})

const readiedIn = ({ paging, ctx }: Tower, bell: Bell, zones: readonly string[]): ReadyBell =>
  paging.readied({ zones, says: saidBy(bell), patienceSeconds: ctx.settings.latestSeconds })

/** At its moment. What goes wrong is noted: the next bell does not depend on it. */
export function ringDue(tower: Tower, due: Due<ReadyBell>): void {
  const { bell, moment } = due
  if (isSilent(tower, bell, bell.id) || bell.zones.every(zone => isSilent(tower, bell, zone))) {
    note(tower, bell, { outcome: 'silenced', due: moment, who: BOX })
    return
  }
  try {
    begin(tower, bell, { who: BOX, due: moment, ready: due.ready ?? makeReady(tower, bell) })
    tower.leftOut.delete(bell.id)
  } catch (error) {
    leaveOut(tower, due, reasonOf(error))
    if (!(error instanceof PbxError)) tower.ctx.spawn('ring a bell', Promise.reject(error))
  }
}

/** By hand, silenced or not. Throws `bells.nothing-to-say`, `bells.nobody`. */
export function ringNow(tower: Tower, bell: Stored<Bell>, who: Who): void {
  begin(tower, bell, { who, ready: readiedIn(tower, bell, bell.zones) })
}

/** It was due and does not ring: shown until somebody has seen it, or it rings again. */
export function leaveOut(tower: Tower, { bell, moment }: Due<unknown>, why: LeftOut['why']): void {
  const count = (tower.leftOut.get(bell.id)?.count ?? 0) + 1
  tower.leftOut.set(bell.id, { name: bell.name, due: moment, why, count })
  note(tower, bell, { outcome: why, due: moment, who: BOX })
  tower.ctx.emit('bell.missed', { bell: bell.id, name: bell.name, due: moment, why, at: tower.ctx.clock.now() })
}

/** Whether a bell, or this zone of it, is silent for the rest of its day. */
export function isSilent(tower: Pick<Tower, 'ctx' | 'silences' | 'zoneOf'>, bell: Bell, id: string): boolean {
  const since = tower.silences.get(id)
  return since !== undefined && sameDay(since.at, tower.ctx.clock.now(), tower.zoneOf(bell))
}

interface Ring {
  readonly who: Who
  readonly ready: ReadyBell
  /** None where a person rings. */
  readonly due?: number
}

function begin(tower: Tower, bell: Stored<Bell>, { who, ready, due }: Ring): void {
  const { ctx } = tower
  if (!ready.sayable)
    throw new PbxError('bells.nothing-to-say', `not ready to be said: ${ready.missing.join(', ')}`, { status: 503 })
  if (ready.endpoints === 0)
    throw new PbxError('bells.nobody', `nothing can be heard in the zones of “${bell.name}”`, { status: 409 })
  const cause = words['bells.cause'].replace('{bell}', bell.name)
  const pages = ready.ring({ who, cause, drill: false })
  const at = ctx.clock.now()
  const ring = note(tower, bell, { outcome: 'ringing', who, ...(due !== undefined && { due }) })
  const over = Promise.all(pages.map(page => page.ended)).then(ends => {
    const deliveries = ends.flatMap(end => end.deliveries)
    const reached = deliveries.filter(({ state }) => state === 'played' || state === 'answered').length
    const how = ends.map(end => end.how)
    tower.log.ended(ring, { outcome: outcomeOf(how), reached, missed: deliveries.length - reached })
  })
  ctx.spawn('note how a bell rang', over)
  const lateness = due === undefined ? {} : { due, late: at - due }
  ctx.emit('bell.rung', { bell: bell.id, name: bell.name, who: who.name, at, ...lateness })
}

type How = 'done' | 'stopped' | 'pre-empted' | 'failed'

function outcomeOf(ends: readonly How[]): string {
  if (ends.includes('done')) return 'rung'
  if (ends.includes('stopped')) return 'stopped'
  return ends.includes('pre-empted') ? 'gave-way' : 'nobody'
}

const reasonOf = (error: unknown): LeftOut['why'] =>
  error instanceof PbxError && error.code === 'bells.nobody' ? 'nobody' : 'nothing-to-say'

/** A line of the history; returns its id. */
function note(tower: Tower, bell: Stored<Bell>, o: { outcome: string; who: Who; due?: number }): string {
  const at = tower.ctx.clock.now()
  const id = newIdentity('brg')
  const zones = bell.zones.map(zone => tower.zones.get(zone)?.name ?? '?').join(', ')
  const late = o.outcome === 'ringing' && o.due !== undefined ? at - o.due : null
  const { outcome, who, due } = o
  const row = { id, bell: bell.id, name: bell.name, zones: zones.slice(0, 300), due_at: due ?? null, at }
  tower.log.note({ ...row, who: who.name.slice(0, 120), outcome, late })
  return id
}
