// Where an alarm is, for rights that hold in one place only: wherever somebody pressed.
import type { Touches } from '../../../kernel/feature.ts'
import { standing, type Thing } from '../../../kernel/things.ts'
import type { Alarm } from './alarm.ts'
import type {} from './facts.ts'

/** Where it was raised and wherever a press joined it; without a location, where its plan is for. */
export function placesOf(alarm: Alarm | undefined): readonly Thing[] {
  if (alarm === undefined) return []
  const { location, presses, plan } = alarm
  const places = [{ location: location ?? null }, ...presses].flatMap(standing)
  return places.length > 0 ? places : placeOf(null, plan.id)
}

/** As {@link placesOf}, of a row: a location, or the plan. */
export const placeOf = (location: string | null, plan: string): readonly Thing[] =>
  location === null ? [{ kind: 'plan', id: plan }] : standing({ location })

/** What the facts of alarms are about. */
export function touchesOf(alarms: { get(id: string): Alarm | undefined }): Touches {
  const places = ({ alarm }: { readonly alarm: string }) => placesOf(alarms.get(alarm))
  return {
    'alarm.raised': places,
    'alarm.joined': places,
    'alarm.acknowledged': places,
    'alarm.escalated': places,
    'alarm.superseded': places,
    'alarm.cleared': places,
    'alarm.step-changed': places,
  }
}
