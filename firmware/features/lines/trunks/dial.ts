// A call to the outside: by the first trunk that takes it, and within two seconds by the next when one does not.
import type { Leg, RingFailure, RingTarget } from '../../../kernel/call/call.types.ts'
import type { Cause } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { orderOf } from './choice.ts'
import { type OutsideNumber, written } from './outside-number.ts'
import type { Trunk } from './settings.ts'
import type { TrunkWatch } from './watch.ts'

/** What is dialled, and by which trunks. */
export interface DialOrder {
  readonly number: OutsideNumber
  /** What is sent instead of the number, whatever the trunk's format. */
  readonly asSent?: string
  /** Only these; empty: all. */
  readonly trunks: readonly string[]
  /** E.164; absent: the trunk's own. */
  readonly shown?: string
  readonly withheld?: boolean
  /** The number outside of an extension, for those who forwarded the call; undefined: none of its own. */
  outsideOf?(extension: string): string | undefined
  readonly patienceSeconds: number
}

/** Milliseconds in which a trunk must answer anything at all, and the far phone ring. */
const DEADLINES = { answer: 2000, ringing: 15_000 } as const

const FAULTS: readonly Cause[] = ['unreachable', 'overloaded', 'redirected', 'failed']
/** The trunk's fault: somebody else may take the call. Everything else is what the far side says to the caller. */
export const isFault = (cause: Cause): boolean => FAULTS.includes(cause)

/** What dialling needs to know of trunks. */
export interface DialParts {
  readonly ctx: Context
  readonly watch: TrunkWatch
  readonly trunks: () => readonly Stored<Trunk>[]
  readonly carries: (trunk: string) => number
}

/** Rings until somebody answers, refuses, or no trunk is left. Rejects with CallGone when the caller goes. */
export async function dial(parts: DialParts, caller: Leg, order: DialOrder): Promise<Leg | RingFailure> {
  const { ctx, watch } = parts
  const until = ctx.clock.since() + order.patienceSeconds * 1000
  let outcome: RingFailure = { cause: 'not-available' }
  for (const trunk of chosen(parts, order)) {
    const patienceSeconds = (until - ctx.clock.since()) / 1000
    if (patienceSeconds <= 0) break
    const began = ctx.clock.since()
    let rang: number | undefined
    watch.counted(trunk.id, 'out')
    const answer = await caller.call.ring({
      targets: [
        {
          ...targetOf(ctx, trunk, order.asSent ?? written(order.number, trunk.numberFormat)),
          diversions: diversionsFor(trunk, order, caller),
          // RFC 3323 section 4.2, RFC 3325 section 9.3.
          ...(isWithheld(order, caller) && { headers: [{ name: 'Privacy', value: 'id' }] }),
        },
      ],
      patienceSeconds,
      as: shownBy(trunk, order, caller),
      heard: () => {
        rang ??= ctx.clock.since() - began
      },
    })
    if (!('cause' in answer)) {
      watch.worked(trunk.id, rang)
      caller.call.note({ trunk: trunk.name })
      return answer
    }
    outcome = answer
    if (!isFault(answer.cause)) {
      watch.worked(trunk.id, rang)
      caller.call.note({ trunk: trunk.name })
      return answer
    }
    watch.failed(trunk.id, answer.cause)
    watch.counted(trunk.id, 'failed')
    ctx.emit('trunk.passed-over', { trunk: trunk.id, call: caller.call.id, why: answer.cause, at: ctx.clock.now() })
  }
  return outcome
}

function chosen(parts: DialParts, order: DialOrder): readonly Stored<Trunk>[] {
  const all = parts
    .trunks()
    .filter(({ id, inService }) => inService && (!order.trunks.length || order.trunks.includes(id)))
  const candidates = all.map(({ id, priority, share, channels }) => {
    const { health } = parts.watch.verdictOf(id)
    return { id, priority, share, channels, carries: parts.carries(id), health }
  })
  return orderOf(candidates).flatMap(one => all.find(({ id }) => id === one.id) ?? [])
}

/** Where a trunk is spoken to, as a URI writes it. */
export const hostOf = (trunk: Trunk): string => trunk.domain ?? bracketed(trunk.host)
const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)

/** The trunk's URI, of a user there or of itself. */
export function uriOf(trunk: Trunk, user?: string): string {
  const port = trunk.domain === undefined && trunk.port !== 5060 ? `:${trunk.port}` : ''
  const transport = trunk.transport === 'udp' ? '' : `;transport=${trunk.transport}`
  return `sip:${user === undefined ? '' : `${user}@`}${hostOf(trunk)}${port}${transport}`
}

/** The address that the trunk is reached at. */
export const viaOf = ({ host, port, transport }: Trunk) => ({
  family: host.includes(':') ? (6 as const) : (4 as const),
  host,
  port,
  transport,
})

/** The trunk as a target, and what is sent there as the number. */
export function targetOf(ctx: Context, trunk: Stored<Trunk>, number: string): RingTarget {
  const secret = trunk.secret === undefined ? undefined : ctx.store.secret(trunk.secret)
  const { username, site } = trunk
  return {
    uri: uriOf(trunk, encodeURIComponent(number).replace('%2B', '+')),
    via: viaOf(trunk),
    party: { trunk: trunk.id, number, name: trunk.name, trust: 'trunk', ...(site !== undefined && { site }) },
    deadlines: DEADLINES,
    ...(username !== undefined && secret !== undefined && { credentials: { username, secret } }),
  }
}

/** Who speaks for a domain says so. */
export const hostAs = ({ domain: host }: Trunk) => (host === undefined ? {} : { host })

const isWithheld = (order: DialOrder, caller: Leg) => order.withheld || caller.call.from.withheld

/** Who forwarded the call, as they are known outside. */
function diversionsFor(trunk: Trunk, order: DialOrder, caller: Leg) {
  const by = caller.call.diversions.flatMap(one => {
    const number = one.extension === undefined ? one.number : order.outsideOf?.(one.extension)
    return number === undefined ? [] : [{ ...one, number }]
  })
  return { as: trunk.tellForwards, by }
}

function shownBy(trunk: Trunk, order: DialOrder, caller: Leg) {
  if (isWithheld(order, caller)) return { number: 'anonymous', name: 'Anonymous' }
  const number = order.shown ?? trunk.callerNumber ?? caller.call.from.number
  return { number, name: caller.call.from.name, ...hostAs(trunk) }
}
