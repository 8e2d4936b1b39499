// Live calls: who talks to whom at this moment, and ending a call that must end.
import { PbxError } from '../../../kernel/errors.ts'
import { type Call, type Context, feature, type Route, type Touches } from '../../../kernel/feature.ts'
import { type Static, Type } from '../../../kernel/schema.ts'
import { standing, type Thing } from '../../../kernel/things.ts'
import { Sealed } from './sealed.ts'
import { words } from './words.en.ts'

const HangUp = Type.Object({ call: Type.String({ minLength: 1, maxLength: 80 }) }, { additionalProperties: false })

export const liveCalls = feature<unknown, undefined>({
  name: 'live-calls',
  about: 'Who talks to whom at this moment.',
  permissions: {
    'live-calls.view': words['live-calls.view'],
    'live-calls.hang-up': words['live-calls.hang-up'],
  },
  words: { en: words },
  start(ctx) {
    const sealed = new Sealed(ctx)
    ctx.on('call.ended', fact => sealed.ended(fact))
    return {
      routes: routes(ctx, sealed),
      touches: touchesOf(ctx),
      sip: { observe: event => sealed.observe(event) },
      metrics: () => sealed.metrics(),
    }
  },
})
export default liveCalls

function routes(ctx: Context<unknown>, sealed: Sealed): readonly Route<never, unknown>[] {
  const live: Route<never, unknown> = {
    method: 'GET',
    path: 'calls/live',
    about: 'Every call of this moment with its legs.',
    permission: 'live-calls.view',
    rows: { in: 'calls', on: ({ id }: { readonly id: string }) => placesOf(ctx, id) },
    run: () => ({ calls: ctx.calls.live().map(call => shown(call, { now: ctx.clock.now(), sealed })) }),
  }
  const hangUp: Route<Static<typeof HangUp>, object> = {
    method: 'POST',
    path: 'calls/hang-up',
    about: 'Ends a call; an emergency call is never ended from here.',
    permission: 'live-calls.hang-up',
    input: HangUp,
    on: ({ call }) => placesOf(ctx, call),
    run({ call: id }, who) {
      const call = ctx.calls.get(id)
      if (!call) throw new PbxError('live-calls.gone', 'this call is over already', { status: 404 })
      if (call.emergency)
        throw new PbxError('live-calls.emergency', 'an emergency call is ended by its people only', { status: 409 })
      ctx.log.info('call ended by hand', { call: id, who })
      call.end('cancelled')
      return {}
    },
  }
  return [live, hangUp as Route<never, unknown>]
}

/** Wherever its people are whose place is known. */
function placesOf(ctx: Context<unknown>, id: string): readonly Thing[] {
  const call = ctx.calls.get(id)
  return call === undefined ? [] : [call.from, ...call.legs.map(leg => leg.party)].flatMap(standing)
}

/** What the facts of calls are about. */
function touchesOf(ctx: Context<unknown>): Touches {
  const places = ({ call }: { readonly call: string }) => placesOf(ctx, call)
  return {
    'call.began': ({ from }) => standing(from),
    'call.rang': ({ call, targets }) => [...placesOf(ctx, call), ...targets.flatMap(standing)],
    'call.answered': ({ call, by }) => [...placesOf(ctx, call), ...standing(by)],
    'call.went': places,
    'call.changed': places,
    'call.noted': places,
    'call.ended': ({ among }) => among,
    'leg.held': places,
    'leg.digit': places,
  }
}

const shown = (call: Call, { now, sealed }: { readonly now: number; readonly sealed: Sealed }): object => ({
  id: call.id,
  correlation: call.correlation,
  from: { number: call.from.number, name: call.from.name, trust: call.from.trust },
  dialled: call.dialled,
  emergency: call.emergency,
  startedAt: call.startedAt,
  // Counted here: the clock of whoever looks may differ.
  seconds: Math.max(0, Math.round((now - call.startedAt) / 1_000)),
  legs: call.legs.map(leg => ({
    id: leg.id,
    number: leg.party.number,
    name: leg.party.name,
    direction: leg.direction,
    state: leg.state,
    // How its phone or its trunk is spoken with; not known of a trunk that was called.
    ...(leg.party.source !== undefined && { transport: leg.party.source.transport }),
    ...sealed.of(leg.id),
  })),
})
