// Calls back after a call for help: if it drops, whoever answers such calls reaches the very phone again (47 CFR 9.3, 9.16).
import type { Leg } from '../../../kernel/call/call.types.ts'
import { feature } from '../../../kernel/feature.ts'
import { standing } from '../../../kernel/things.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { emergencyCalls } from '../emergency-calls/feature.ts'
import { leaseFor } from './borrowing.ts'
import { callBack, mayCallBack } from './call-back.ts'
import { leaseOf } from './lease.ts'
import { openLeases } from './leases.ts'
import { Lending } from './lending.ts'
import { numberPoolKind } from './number-pool.ts'
import { type CallBackSettings, CallBackSettings as Settings } from './settings.ts'
import { words } from './words.en.ts'

/** What other features ask of calls back. */
export interface EmergencyCallBacks {
  /** Further numbers at which the plant is called back after a call for help, as they are dialled: those that trunks show. */
  alsoCalled(numbers: () => readonly string[]): void
  /** The number that is shown outside with this call for help, lent to its phone; undefined: its site has no pool. At once. */
  borrowFor(caller: Leg): string | undefined
  /** Numbers that are lent now. */
  lent(): readonly string[]
}

/** More are not expected at once: each new call is compared with them. */
const EXPECTED_AT_MOST = 100

export const emergencyCallBacks = feature<CallBackSettings, EmergencyCallBacks>({
  name: 'emergency-call-backs',
  about: 'Calls back to the very phone that called for help.',
  needs: [extensions, emergencyCalls],
  settings: Settings,
  resources: [numberPoolKind],
  permissions: { 'emergency-call-backs.manage': words['emergency-call-backs.manage'] },
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
    const lending = new Lending(ctx, leases)
    ctx.on('call.answered', ({ call, by }) => leases.answered(call, by))
    return {
      api: {
        alsoCalled(numbers) {
          also = numbers
          expect()
        },
        borrowFor: caller => lending.borrowFor(caller),
        lent: () => leases.all().flatMap(({ number, outside }) => (outside ? number : [])),
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
            const lease = from.trust === 'trunk' ? leaseFor(leases.all(), dialled) : leases.get(dialled)
            const meant = lease !== undefined && (lease.outside ?? mayCallBack(ctx, from, lease))
            return meant ? { kind: 'emergency-call-back', id: lease.number } : undefined
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
      problems: () => lending.problems(),
      metrics: () => ({ emergency_call_back_leases: leases.all().length }),
    }
  },
})
export default emergencyCallBacks
