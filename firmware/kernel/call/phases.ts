// The four named places where features meet a call on its way; a feature that throws or dawdles is passed over and shown.
import { TIMED_OUT, within } from '../clock.ts'
import type { Cause } from '../errors.ts'
import type { Arrival, Bridge, Look, Party, Phases, Routed, RouteSlot } from './call.types.ts'
import type { Exchange } from './exchange.ts'

/** A feature's phases; in the order in which features started. */
export interface PhaseEntry {
  readonly feature: string
  readonly phases: Phases
}

/** How long admit and connecting may take, in milliseconds. */
export const PHASE_DEADLINE = 300

/** Whoever answers first, and the feature that knew. An unknown caller is what nobody, or only failing features, answered for. */
export function identify(exchange: Exchange, arrival: Arrival): { readonly party: Party; readonly by?: string } {
  const withheld = arrival.told?.withheld && !arrival.emergency && { withheld: true as const }
  for (const { feature, phases } of exchange.parts.phases()) {
    try {
      const party = phases.identify?.(arrival)
      if (party) return { party: Object.freeze({ ...party, ...withheld }), by: feature }
    } catch (error) {
      passedOver(exchange, { feature, phase: 'identify', error })
    }
  }
  const { from, source } = arrival
  return { party: Object.freeze({ number: from.user, name: from.name, source, trust: 'unknown' as const }) }
}

/** The first refusal in the order of the features, and by whom. All are asked at once, so that deadlines do not add up. */
export async function admit(exchange: Exchange, look: Look): Promise<{ refusal: Cause; by: string } | undefined> {
  const asked = exchange.parts.phases().map(({ feature, phases }) => ({
    feature,
    verdict: phases.admit
      ? bounded(exchange, { feature, phase: 'admit' }, () => phases.admit?.(look))
      : Promise.resolve(undefined),
  }))
  for (const { feature, verdict } of asked) {
    const refusal = await verdict
    if (refusal) return { refusal, by: feature }
  }
  return undefined
}

/** Where the call goes, and who said so. A trunk reaches calls back and inbound numbers only: never codes, nor another trunk. */
export function route(exchange: Exchange, look: Look): Routed | undefined {
  const back = ask(exchange, look, 'call-back')
  if (back) return back
  if (look.from.trust === 'trunk') return ask(exchange, look, 'inbound')
  const hot = ask(exchange, look, 'hot-line')
  if (hot) return hot
  const owner = exchange.parts.store.owner(look.dialled)
  if (owner) return { to: { kind: owner.kind, id: owner.id }, by: 'number plan', slot: 'number-plan' }
  return ask(exchange, look, 'code') ?? ask(exchange, look, 'outbound')
}

function ask(exchange: Exchange, look: Look, slot: RouteSlot): Routed | undefined {
  const owner = exchange.parts.phases().find(entry => entry.phases.route?.slot === slot)
  if (!owner) return undefined
  try {
    const to = owner.phases.route?.find(look)
    return to && { to, by: owner.feature, slot }
  } catch (error) {
    passedOver(exchange, { feature: owner.feature, phase: 'route', error })
    return undefined
  }
}

/** Lets every feature prepare a bridge before audio flows: recording, announcements of consent. */
export async function connecting(exchange: Exchange, bridge: Bridge): Promise<void> {
  const asked = exchange.parts
    .phases()
    .flatMap(({ feature, phases }) =>
      phases.connecting ? [bounded(exchange, { feature, phase: 'connecting' }, () => phases.connecting?.(bridge))] : [],
    )
  if (asked.length) await Promise.all(asked)
}

async function bounded<T>(exchange: Exchange, who: { feature: string; phase: string }, work: () => Promise<T> | T) {
  const late = (error: unknown) => passedOver(exchange, { ...who, error })
  try {
    const begun = work()
    if (!(begun instanceof Promise)) return begun
    const outcome = await within(exchange.parts.clock, PHASE_DEADLINE, begun, late)
    if (outcome !== TIMED_OUT) return outcome
    late(new Error(`no answer within ${PHASE_DEADLINE} ms`))
  } catch (error) {
    late(error)
  }
  return undefined
}

function passedOver(exchange: Exchange, o: { feature: string; phase: string; error: unknown }): void {
  exchange.parts.log.error('a feature was passed over on the way of a call', o)
  exchange.parts.troubles.raise(
    {
      code: `calls.passed-over:${o.feature}.${o.phase}`,
      severity: 'serious',
      text: `Calls go on without "${o.feature}": its ${o.phase} step failed or took too long.`,
      remedy: 'Look at the log for the reason; switch the feature off if it keeps failing.',
    },
    { minutes: 10 },
  )
}
