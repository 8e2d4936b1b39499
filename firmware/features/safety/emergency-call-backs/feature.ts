// Calls back after a call for help: if it drops, whoever answers such calls reaches the very phone again (47 CFR 9.3, 9.16).
import type { Leg, Next, Party } from '../../../kernel/call/call.types.ts'
import { type Context, feature } from '../../../kernel/feature.ts'
import { standing } from '../../../kernel/things.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { emergencyCalls, emergencyPlanKind } from '../emergency-calls/feature.ts'
import { type Lease, leaseOf, waysTo } from './lease.ts'
import { openLeases } from './leases.ts'
import { type CallBackSettings, CallBackSettings as Settings } from './settings.ts'
import { words } from './words.en.ts'

/** After these the phone may still be where its call came from. */
const NOT_THERE: ReadonlySet<string> = new Set(['unregistered', 'unreachable', 'not-found', 'failed'])

/** What other features ask of calls back. */
export interface EmergencyCallBacks {
  /** Further numbers at which the plant is called back after a call for help, as they are dialled: those that trunks show. */
  alsoCalled(numbers: () => readonly string[]): void
}

/** More are not expected at once: each new call is compared with them. */
const EXPECTED_AT_MOST = 100

export const emergencyCallBacks = feature<CallBackSettings, EmergencyCallBacks>({
  name: 'emergency-call-backs',
  about: 'Calls back to the very phone that called for help.',
  needs: [extensions, emergencyCalls],
  settings: Settings,
  words: { en: words },
  start(ctx) {
    let also: () => readonly string[] = () => []
    const expect = () => {
      const numbers = leases.all().map(({ number }) => number)
      const expected = numbers.length === 0 ? [] : [...also(), ...numbers.reverse()]
      ctx.use(emergencyCalls).expectCallBacks([...new Set(expected)].slice(0, EXPECTED_AT_MOST))
    }
    const leases = openLeases(ctx, expect)
    expect()
    ctx.on('emergency-call.began', ({ call }) => {
      const from = ctx.calls.get(call)?.from
      const { minutes } = ctx.settings
      if (from !== undefined && minutes > 0) leases.give(leaseOf(from, { call, since: ctx.clock.now(), minutes }))
    })
    ctx.on('call.answered', ({ call, by }) => leases.answered(call, by))
    return {
      api: {
        alsoCalled(numbers) {
          also = numbers
          expect()
        },
      },
      destinations: {
        'emergency-call-back': {
          title: words['emergency-call-backs.title'],
          run: (caller, number) => callBack(ctx, caller, leases.get(number)),
          choices: () => [],
        },
      },
      phases: {
        route: {
          slot: 'call-back',
          find({ from, dialled }) {
            const lease = leases.get(dialled)
            const meant = lease !== undefined && mayCallBack(ctx, from, lease)
            return meant ? { kind: 'emergency-call-back', id: dialled } : undefined
          },
        },
      },
      routes: [
        {
          method: 'GET',
          path: 'emergency-call-backs/leases',
          about: 'Phones that called for help and are reached by a call back, until when.',
          permission: 'emergency-calls.view',
          rows: { in: 'leases', on: standing },
          run: () => ({ leases: leases.all() }),
        },
      ],
      metrics: () => ({ emergency_call_back_leases: leases.all().length }),
    }
  },
})
export default emergencyCallBacks

/** Answering points and screens of every plan, whoever spoke with the caller, and everyone where nobody is named. */
function mayCallBack(ctx: Pick<Context, 'store'>, from: Party, lease: Lease): boolean {
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

/** Rings the phone, one way after the other until one leads there; whatever happens then, nobody else is rung. */
async function callBack(
  ctx: Pick<Context<CallBackSettings>, 'use' | 'settings'>,
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
    if (!NOT_THERE.has(outcome.cause)) return last
  }
  return last
}
