// Ringing a group: its members at once or in turn, until one answers, all have refused, or the patience is over.
import type { Bookmark, Leg, Next, RingFailure, RingOptions, RingTarget } from '../../../kernel/call/call.types.ts'
import type { Cause } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { messages } from '../../paging/messages/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { isTalking } from './busy.ts'
import type { RingGroup } from './settings.ts'

/** One caller at one group. */
export interface Visit {
  readonly caller: Leg
  readonly group: Stored<RingGroup>
  /** The members in the order in which they ring; those who refused are struck out as it goes on. */
  readonly turns: readonly string[]
  readonly bookmark?: Bookmark | undefined
}

/** Rings, connects, or says where the call goes on. */
export async function serve(ctx: Context, visit: Visit): Promise<Next> {
  const { caller, group } = visit
  caller.call.note({ ringGroup: group.name })
  const outcome = await (group.order === 'simultaneous' ? together(ctx, visit) : inTurn(ctx, visit))
  if (!('cause' in outcome)) {
    const bridge = await caller.call.connect(caller, outcome)
    return { end: await bridge.ended }
  }
  const absent = outcome.cause === 'unregistered' ? group.unregistered : undefined
  const onward = absent ?? group.unanswered
  return onward ? { goto: onward } : { end: outcome.cause }
}

/** Milliseconds that this caller is still rung for; after a restart what had passed before counts. */
function patience(ctx: Context, { group, bookmark }: Visit): number {
  // The bookmark holds wall-clock time, which may have been set meanwhile: never more than the whole.
  const passed = bookmark ? Math.max(0, ctx.clock.now() - bookmark.since) : 0
  return Math.max(0, group.totalSeconds * 1000 - passed)
}

async function together(ctx: Context, visit: Visit): Promise<Leg | RingFailure> {
  const { caller, group, turns } = visit
  const ready = turns.filter(member => !group.skipBusy || !isTalking(ctx, member))
  const targets = ready.flatMap(member => targetsOf(ctx, visit, member))
  if (!targets.length) return { cause: whyNobody(ctx, visit, turns) }
  caller.call.mark('ringing', {})
  return caller.call.ring({ targets, patienceSeconds: patience(ctx, visit) / 1000, ...manner(ctx, visit) })
}

/** One after another, round and round, without those who refused. */
async function inTurn(ctx: Context, visit: Visit): Promise<Leg | RingFailure> {
  const { caller, group } = visit
  const { clock } = ctx
  const until = clock.since() + patience(ctx, visit)
  const waiting = [...remembered(visit)]
  let cause: Cause = whyNobody(ctx, visit, waiting)
  let passedOver = 0
  while (waiting.length > passedOver && clock.since() < until) {
    const [member] = waiting
    if (member === undefined) break
    const targets = targetsOf(ctx, visit, member)
    if (!targets.length || (group.skipBusy && isTalking(ctx, member))) {
      waiting.push(...waiting.splice(0, 1))
      passedOver += 1
      continue
    }
    caller.call.mark('ringing', { waiting: [...waiting] })
    const patienceSeconds = Math.min(group.memberSeconds, (until - clock.since()) / 1000)
    const outcome = await caller.call.ring({ targets, patienceSeconds, ...manner(ctx, visit) })
    if (!('cause' in outcome)) return outcome
    cause = outcome.cause
    waiting.shift()
    // Whoever let it ring may answer next time; whoever refused is left in peace.
    if (cause === 'no-answer') waiting.push(member)
    passedOver = 0
  }
  return { cause }
}

/** Who is still to be rung: after a restart as it stood, without members who have left the group since. */
function remembered({ bookmark, turns }: Visit): readonly string[] {
  const kept = bookmark?.data.waiting
  return Array.isArray(kept) ? kept.filter((one): one is string => turns.includes(one as string)) : turns
}

/** The phones of a member; a caller who is a member is not called by himself. */
function targetsOf(ctx: Context, { caller }: Visit, member: string): readonly RingTarget[] {
  return ctx
    .use(extensions)
    .targets(member)
    .filter(target => target.party.line !== caller.party.line || target.party.line === undefined)
}

const whyNobody = (ctx: Context, visit: Visit, members: readonly string[]): Cause =>
  members.some(member => targetsOf(ctx, visit, member).length) ? 'busy' : 'unregistered'

/** What members read and what the caller hears. */
function manner(ctx: Context, { caller, group }: Visit): Pick<RingOptions, 'as' | 'meanwhile'> {
  const { number, name } = caller.call.from
  const sound = group.meanwhile === undefined ? undefined : ctx.use(messages).soundOf(group.meanwhile)?.sound
  return {
    ...(group.prefix && { as: { number, name: `${group.prefix} ${name}`.trim() } }),
    ...(sound !== undefined && { meanwhile: { sounds: [sound], repeats: 0, gapMilliseconds: 1000 } }),
  }
}
