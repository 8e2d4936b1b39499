// Verbs of emergency calls: those under way, taking care of one, and those of the past with who was told.
import type { Route, Touches } from '../../../kernel/feature.ts'
import { HistoryInput } from '../../../kernel/history-input.ts'
import { standing } from '../../../kernel/things.ts'
import type { EmergencyCall } from './facts.ts'
import type { EmergencyLog, EmergencyRow } from './records.ts'
import { EmergencyInput } from './settings.ts'
import type { UnderWay } from './under-way.ts'

/** The routes of this feature. */
export function routesOf(log: EmergencyLog, under: UnderWay): readonly Route<never, unknown>[] {
  const permission = 'emergency-calls.view'
  const acknowledge: Route<EmergencyInput, EmergencyCall> = {
    method: 'POST',
    path: 'emergency-calls/acknowledge',
    about: 'Somebody takes care of this call for help: every screen and the record say who.',
    permission: 'emergency-calls.acknowledge',
    input: EmergencyInput,
    on: ({ call }) => standing(under.get(call) ?? {}),
    run: ({ call }, who) => under.acknowledge(call, who),
  }
  const history: Route<HistoryInput, unknown> = {
    method: 'GET',
    path: 'emergency-calls/history',
    about: 'Calls for help, newest first, with who was told.',
    permission,
    input: HistoryInput,
    rows: { in: 'calls', on: (call: EmergencyRow) => standing(call) },
    async run(asked) {
      const { rows, ...more } = await log.past(asked)
      return { calls: rows, ...more }
    },
  }
  return [
    {
      method: 'GET',
      path: 'emergency-calls/live',
      about: 'Calls for help under way, and those that ended before anybody answered or took care.',
      permission,
      rows: { in: 'calls', on: (call: EmergencyCall) => standing(call) },
      run: () => ({ calls: under.all() }),
    },
    acknowledge,
    history,
  ] as Route<never, unknown>[]
}

/** What the facts of calls for help are about. */
export function touchesOf(under: UnderWay): Touches {
  const where = ({ call }: { readonly call: string }) => standing(under.get(call) ?? {})
  return {
    'emergency-call.began': call => standing(call),
    'emergency-call.answered': where,
    'emergency-call.told': where,
    'emergency-call.acknowledged': where,
    'emergency-call.ended': where,
  }
}
