// A call back to the phone that called for help: who may, and where it rings.
import type { Leg, Next, Party } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { emergencyPlanKind } from '../emergency-calls/feature.ts'
import { type Lease, waysTo } from './lease.ts'
import type { CallBackSettings } from './settings.ts'

/** After these the phone may still be where its call came from. */
const NOT_THERE: ReadonlySet<string> = new Set(['unregistered', 'unreachable', 'not-found', 'failed'])

/** Answering points and screens of every plan, whoever spoke with the caller, and everyone where nobody is named. */
export function mayCallBack(ctx: Pick<Context, 'store'>, from: Party, lease: Lease): boolean {
  if (from.trust !== 'line') return false
  if (lease.line !== undefined && from.line === lease.line) return false
  const plans = ctx.store.all(emergencyPlanKind)
  const { extension, device } = from
  const { answeredBy } = lease
  if (device !== undefined && answeredBy?.device === device) return true
  if (extension !== undefined && answeredBy?.extension === extension) return true
  if (plans.every(plan => plan.answeringPoints.length === 0)) return true
  return plans.some(
    plan =>
      (extension !== undefined && plan.answeringPoints.includes(extension)) ||
      (device !== undefined && plan.screens.includes(device)),
  )
}

/**
 * Rings the phone, one way after the other until one leads there; whatever happens then, nobody else is rung. Only who calls
 * back from outside and does not reach it is put through to the answering points: he has no other number.
 */
export async function callBack(
  ctx: Pick<Context<CallBackSettings>, 'use' | 'settings' | 'store'>,
  caller: Leg,
  lease: Lease | undefined,
): Promise<Next> {
  if (lease === undefined) return { end: 'not-available' }
  caller.call.note({ callBackOf: lease.call })
  const registered = lease.device === undefined ? [] : ctx.use(extensions).targetsOfDevice(lease.device)
  let last: Next = { end: 'unregistered' }
  for (const targets of waysTo(lease, registered)) {
    const outcome = await caller.call.ring({ targets, patienceSeconds: ctx.settings.ringSeconds })
    if (!('cause' in outcome)) {
      const bridge = await caller.call.connect(caller, outcome)
      return { end: await bridge.ended }
    }
    last = { end: outcome.cause }
    if (!NOT_THERE.has(outcome.cause)) break
  }
  return lease.outside ? guarded(ctx, caller, { lease, last }) : last
}

/** The answering points of the place, together. */
async function guarded(
  ctx: Pick<Context<CallBackSettings>, 'use' | 'settings' | 'store'>,
  caller: Leg,
  { lease, last }: { readonly lease: Lease; readonly last: Next },
): Promise<Next> {
  const plans = ctx.store.all(emergencyPlanKind)
  const plan = plans.find(({ sites }) => lease.site !== undefined && sites.includes(lease.site)) ?? plans[0]
  const targets = (plan?.answeringPoints ?? []).flatMap(id => ctx.use(extensions).targets(id))
  const outcome = await caller.call.ring({ targets, patienceSeconds: ctx.settings.ringSeconds })
  if ('cause' in outcome) return last
  const bridge = await caller.call.connect(caller, outcome)
  return { end: await bridge.ended }
}
