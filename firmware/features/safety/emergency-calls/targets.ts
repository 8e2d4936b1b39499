// Whom an emergency call rings, asked anew for each round: answering points of the caller's site, else every phone.
import type { Leg, Redirected, RingTarget } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import { devices } from '../../phones/devices/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import type { AnsweringPoints } from './answering.ts'
import { type EmergencyPlan, emergencyPlanKind } from './settings.ts'

/** RFC 3261 section 20.26: phones that read it ring through do-not-disturb. */
const PRIORITY = { name: 'Priority', value: 'emergency' } as const

/** The plan that holds at this site: the one that names it, else the first. */
export const planOf = (ctx: Context, site: string | undefined): EmergencyPlan | undefined => {
  const all = ctx.store.all(emergencyPlanKind)
  return all.find(plan => site !== undefined && plan.sites.includes(site)) ?? all[0]
}

/** From memory; never the caller's own phone. `outside` is asked for ways out of the plant; `sentAway` is told of phones that forward. */
export function answeringPoints(
  ctx: Context,
  o: { outside: AnsweringPoints['outside']; sentAway(redirected: Redirected): void },
): AnsweringPoints {
  const named = (caller: Leg) =>
    (planOf(ctx, caller.party.site)?.answeringPoints ?? []).flatMap(id => ctx.use(extensions).targets(id))
  const everyone = () =>
    ctx
      .use(devices)
      .inUse()
      .flatMap(device => ctx.use(extensions).targetsOfDevice(device.id))
  const others = (caller: Leg, targets: readonly RingTarget[]) =>
    targets
      .filter(target => !isOwnPhone(caller, target))
      .map(target => ({ ...target, headers: [...(target.headers ?? []), PRIORITY] }))
  const instead = ({ to }: Redirected) =>
    to
      .flatMap(({ here, number }) => (here ? (ctx.store.owner(number) ?? []) : []))
      .filter(({ kind }) => kind === 'extension')
      .flatMap(({ id }) => ctx.use(extensions).targets(id))
  return {
    outside: o.outside,
    targets(caller) {
      const chosen = others(caller, named(caller))
      return chosen.length > 0 ? chosen : others(caller, everyone())
    },
    everyone: caller => others(caller, everyone()),
    // Whatever fails here costs the call nothing: the others ring on.
    insteadOf(caller, redirected) {
      try {
        o.sentAway(redirected)
        return others(caller, instead(redirected))
      } catch (error) {
        ctx.log.error('whom an answering point named instead of itself is not rung', { error })
        return []
      }
    },
    ringSeconds: caller => planOf(ctx, caller.party.site)?.ringSeconds ?? 30,
  }
}

/** Only for certain: a phone that is merely taken for the caller's rings, for it may be the one that brings help. */
function isOwnPhone({ party }: Leg, target: RingTarget): boolean {
  if (party.line === undefined || target.party.line !== party.line) return false
  const { source } = target.party
  return party.trust === 'line' || (source?.host === party.source?.host && source?.port === party.source?.port)
}
