// Speaks to zones: asks the kernel for a page, tells what becomes of it, keeps what a restart must take up again.
import type { Leg, PagePriority, PageTarget, RunningPage } from '../../../kernel/call/call.types.ts'
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Shortfall, Trigger } from '../../../kernel/feature.ts'
import { newIdentity } from '../../../kernel/identity.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import type { Messages } from '../messages/feature.ts'
import type { Zones } from '../zones/feature.ts'
import type {} from './facts.ts'
import { speechOf } from './playlist.ts'
import { rankOf } from './rank.ts'
import { receiptsOf, shortfallOf } from './receipts.ts'
import type { PageLog } from './records.ts'
import type { PageParams, PagingSettings } from './settings.ts'

/** A page as it runs, for screens and for a restart. */
export interface KeptPage {
  readonly id: string
  readonly zone: string
  readonly zoneName: string
  readonly priority: PagePriority
  readonly why: Trigger
  readonly startedAt: number
  /** Absent when a person speaks, and of a bell: neither is made again after a restart. */
  readonly params?: PageParams
  /** Somebody stopped it: whatever happens until the switch has fallen silent, it is not made again. */
  readonly stopped?: true
}

/** What announcing needs of the box. */
export interface Stage {
  readonly ctx: Pick<Context<PagingSettings>, 'settings' | 'clock' | 'calls' | 'emit' | 'spawn'>
  readonly zones: Zones
  readonly messages: Messages
  readonly kept: LiveCollection<KeptPage>
  readonly log: PageLog
}

/** A page under way. */
export interface Announcement {
  readonly id: string
  readonly running: RunningPage
  /**
   * Resolves when it was said, with whom it is not known to have reached; rejects with `paging.…` when it must be tried again.
   * Stopped by a person counts as said.
   */
  readonly heard: Promise<Shortfall | undefined>
}

/** Says stored messages and text in a zone. Throws `paging.no-such-zone`, `paging.zone-empty`, `paging.nothing-to-say`. */
export function announce(stage: Stage, params: PageParams, why: Trigger): Announcement {
  const { zones, messages } = stage
  const speech = speechOf(params, messages, why.drill ? stage.ctx.settings.drillText : undefined)
  if (speech.sounds.length === 0)
    throw new PbxError(
      'paging.nothing-to-say',
      `nothing to say is ready: ${speech.missing.join(', ') || 'no message'}`,
      {
        status: 409,
        fields: { messages: 'choose a message or a tone that is ready' },
      },
    )
  const priority = params.priority ?? (why.alarm === undefined ? 'normal' : 'alarm')
  const source = { kind: 'playlist', playlist: speech.playlist } as const
  const targets = zones.targets(params.zone)
  const running = begin(stage, { zone: params.zone, priority, why, source, targets, params })
  return { id: running.id, running, heard: heard(running, speech.missing) }
}

/** Lets a caller speak to a zone; ends with the caller. His own phone stays silent. */
export function speakTo(stage: Stage, zone: string, caller: Leg): RunningPage {
  const own = caller.party.device === undefined ? undefined : `device:${caller.party.device}`
  const targets = stage.zones.targets(zone).filter(target => target.key !== own)
  const { line, name, number, location } = caller.party
  const who = line === undefined ? ({ by: 'box', name: number } as const) : ({ by: 'line', id: line, name } as const)
  const why: Trigger = {
    who,
    cause: `${name} ${number}`.trim(),
    drill: false,
    ...(location === undefined ? {} : { location }),
  }
  return begin(stage, { zone, priority: 'normal', why, source: { kind: 'leg', leg: caller }, targets })
}

interface Beginning {
  readonly zone: string
  readonly priority: PagePriority
  readonly why: Trigger
  readonly source: RunningPage['order']['source']
  readonly targets: readonly PageTarget[]
  readonly params?: PageParams
  /** Otherwise as the settings say. */
  readonly patienceSeconds?: number
}

/** Begins a page and tells of it. Throws `paging.no-such-zone`, `paging.zone-empty`. */
export function begin(stage: Stage, o: Beginning): RunningPage {
  const { ctx, zones } = stage
  const zone = zones.get(o.zone)
  if (zone === undefined) throw new PbxError('paging.no-such-zone', 'there is no such zone', { status: 404 })
  if (o.targets.length === 0)
    throw new PbxError('paging.zone-empty', `nothing can be heard in “${zone.name}”`, { status: 409 })
  const urgent = o.priority === 'alarm' || o.priority === 'emergency'
  const running = ctx.calls.page({
    id: newIdentity('pag'),
    priority: o.priority,
    rank: rankOf(o.priority, o.why),
    source: o.source,
    listeners: o.targets,
    caller: { number: zone.number ?? 'page', name: ctx.settings.callerName },
    lane: urgent ? 'emergency' : 'new',
    patienceSeconds: o.patienceSeconds ?? ctx.settings.patienceSeconds,
  })
  const { why, priority, params } = o
  const kept: KeptPage = {
    id: running.id,
    zone: zone.id,
    zoneName: zone.name,
    priority,
    why,
    startedAt: ctx.clock.now(),
    ...(params === undefined ? {} : { params }),
  }
  follow(stage, running, kept)
  return running
}

/** All that is told and written about a page goes beside it. */
function follow(stage: Stage, running: RunningPage, page: KeptPage): void {
  const { ctx, log, kept } = stage
  const { id, why, zone, zoneName, priority, startedAt } = page
  const alarm = why.alarm === undefined ? {} : { alarm: why.alarm }
  const over = running.ended.then(({ how }) => {
    const receipts = receiptsOf(running)
    const { missed = 0, unverified = 0 } = shortfallOf(receipts) ?? {}
    const reached = receipts.length - missed - unverified
    ctx.emit('page.ended', { page: id, ...alarm, how, reached, missed, unverified, at: ctx.clock.now() })
    kept.delete(id)
    log.ended(id, { how, at: ctx.clock.now(), receipts })
  })
  const left = running.leaving.then(() =>
    ctx.emit('page.leaving', { page: id, ...alarm, amplifiers: amplifiersOf(running) }),
  )
  ctx.spawn('tell of a page', Promise.race([left, over]))
  ctx.spawn('record a page', over)
  ctx.spawn(
    'keep a page',
    (async () => {
      kept.set(id, page)
      log.began({
        id,
        zone,
        zone_name: zoneName,
        priority,
        cause: why.cause.slice(0, 300),
        who: why.who.name,
        alarm: why.alarm ?? null,
        drill: why.drill,
        live: running.order.source.kind === 'leg',
        started_at: startedAt,
      })
    })(),
  )
  const endpoints = running.order.listeners.length
  const fact = { page: id, zone: zoneName, priority, cause: why.cause, drill: why.drill, endpoints, at: startedAt }
  ctx.emit('page.started', { ...fact, ...alarm })
}

/** The local amplifiers that this page speaks on, or is about to. */
function amplifiersOf(running: RunningPage): string[] {
  const lost = new Set(
    running
      .deliveries()
      .filter(delivery => delivery.state === 'failed' || delivery.state === 'dropped')
      .map(delivery => delivery.key),
  )
  return running.order.listeners.flatMap(target =>
    target.kind === 'amplifier' && !lost.has(target.key) ? [target.amplifier] : [],
  )
}

async function heard(running: RunningPage, missing: readonly string[]): Promise<Shortfall | undefined> {
  const { how } = await running.ended
  if (how === 'stopped') return shortfallOf(receiptsOf(running))
  if (missing.length > 0)
    throw new PbxError('paging.not-all-said', `not ready to be said: ${missing.join(', ')}`, { status: 503 })
  if (how === 'pre-empted')
    throw new PbxError('paging.pre-empted', 'something more urgent had every endpoint', { status: 409 })
  if (how === 'failed') throw new PbxError('paging.nobody-heard', 'no endpoint could be reached', { status: 503 })
  return shortfallOf(receiptsOf(running))
}
