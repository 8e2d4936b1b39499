// The action `alarm`: a code dialled, a schedule, a webhook or a module that reports raises an alarm by its plan.
import { PbxError } from '../../../kernel/errors.ts'
import type { ActionKind } from '../../../kernel/feature.ts'
import type { Incidents } from './incidents.ts'
import type { PlanBook } from './plan-book.ts'
import { RaiseParams } from './settings.ts'

/** Resolves when the alarm is raised; what its steps come to is the alarm's own matter. */
export const raiseAction = (title: string, incidents: Incidents, book: PlanBook): ActionKind<RaiseParams> => ({
  title,
  params: RaiseParams,
  async run({ plan, location }, why) {
    // Two plans that raise one another would never end.
    if (why.alarm !== undefined)
      throw new PbxError('alarms.no-chain', 'a step of an alarm cannot raise another alarm: add the steps themselves')
    const place = location ?? why.location
    const { who, cause } = why
    incidents.raise({
      plan: book.known(plan),
      who,
      cause,
      ...(place === undefined ? {} : { location: place }),
      ...(why.drill ? { drill: true } : {}),
    })
  },
})
