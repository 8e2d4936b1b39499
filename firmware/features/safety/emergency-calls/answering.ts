// An emergency call on its way: out by the trunks that carry such calls, then to the answering points of the plant, and again,
// until somebody talks to the caller or the caller hangs up.
import type { Leg, Next, Redirected, RingFailure, RingOptions, RingTarget } from '../../../kernel/call/call.types.ts'
import type { Clock } from '../../../kernel/clock.ts'
import type { Cause } from '../../../kernel/errors.ts'

/** Where an emergency call may ring, asked anew for each round: a phone that comes back meanwhile is rung too. */
export interface AnsweringPoints {
  /** Ways to the public emergency services, the best first. */
  outside(caller: Leg): readonly WayOutside[]
  /** Registered phones of the answering points; while there are none, every other phone of the site. */
  targets(caller: Leg): readonly RingTarget[]
  ringSeconds(caller: Leg): number
  /** Every phone of the plant, when answering points sent the caller away. */
  everyone(caller: Leg): readonly RingTarget[]
  /** Phones of the plant that one of them names instead of itself; it is noted that it does. */
  insteadOf(caller: Leg, redirected: Redirected): readonly RingTarget[]
}

/** A line to the public emergency services. */
export interface WayOutside {
  readonly target: RingTarget
  readonly as: NonNullable<RingOptions['as']>
  /** It took the last calls and questions: only then it comes before the answering points. */
  readonly works: boolean
  /** Only where the line before, which it stands in for, ended like this. */
  instead?(cause: Cause): boolean
  /** What became of it: the cause, or nothing when somebody answered. */
  told(cause?: Cause): void
}

/** How long the box waits before it looks again for a phone that could ring, milliseconds. */
const LOOK_AGAIN = 1000
/** Public answering points pick up within 20 s nearly always; seconds. */
const OUTSIDE_RINGS = 40
/** After so much silence of lines outside no further one is begun before the plant's own answering points; milliseconds. */
const SILENCE = 4000

/**
 * Rings and connects. It never gives up by itself: a caller who waits is better than one who is turned away, and
 * hanging up rejects every await with CallGone.
 */
export async function reachHelp(caller: Leg, points: AnsweringPoints, clock: Clock): Promise<Next> {
  caller.ringing()
  for (;;) {
    const ways = points.outside(caller)
    const reached =
      (await ringOutside(caller, { ways: ways.filter(({ works }) => works), clock })) ??
      (await ringInside(caller, points)) ??
      (await ringOutside(caller, { ways: ways.filter(({ works }) => !works), clock }))
    if (reached !== undefined) {
      caller.call.note({ emergencyAnsweredBy: reached.party.number })
      const bridge = await caller.call.connect(caller, reached)
      return { end: await bridge.ended }
    }
    await clock.sleep(LOOK_AGAIN, caller.gone)
  }
}

async function ringInside(caller: Leg, points: AnsweringPoints): Promise<Leg | undefined> {
  const patienceSeconds = points.ringSeconds(caller)
  const redirected = (it: Redirected) => points.insteadOf(caller, it)
  const outcome = await caller.call.ring({ targets: points.targets(caller), patienceSeconds, redirected })
  if (!('cause' in outcome) || (!outcome.redirected && outcome.cause !== 'redirected')) return answered(outcome)
  // A phone that was forwarded and forgotten must not be all that rings for help.
  return answered(await caller.call.ring({ targets: points.everyone(caller), patienceSeconds }))
}

/** One way after the other; none is begun when those before it were silent for too long together. */
async function ringOutside(
  caller: Leg,
  { ways, clock }: { readonly ways: readonly WayOutside[]; readonly clock: Clock },
): Promise<Leg | undefined> {
  let silent = 0
  let before: Cause | undefined
  for (const { target, as, told, instead } of ways) {
    if (silent >= SILENCE) return undefined
    if (before !== undefined && instead?.(before) === false) continue
    const began = clock.since()
    let rang = false
    const heard = () => {
      rang = true
    }
    const outcome = await caller.call.ring({ targets: [target], patienceSeconds: OUTSIDE_RINGS, as, heard })
    before = 'cause' in outcome ? outcome.cause : undefined
    if ('cause' in outcome) told(outcome.cause)
    // A phone of the plant that rang already, before the supervisor died, may answer meanwhile.
    else if (outcome.party.trunk === target.party.trunk) told()
    if (!('cause' in outcome)) return outcome
    if (!rang) silent += clock.since() - began
  }
  return undefined
}

const answered = (outcome: Leg | RingFailure): Leg | undefined => ('cause' in outcome ? undefined : outcome)
