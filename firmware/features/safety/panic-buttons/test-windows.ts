// Announced tests: for a while a press of one button is its test. The alarm is the same as ever; only what may be marked differs.
import type { LiveCollection } from '../../../kernel/live.ts'
import type { Stored } from '../../../kernel/store.ts'
import { type Alarms, isLive } from '../alarms/feature.ts'
import type { Button } from './settings.ts'

/** Who announced the test of a button, and how long it is believed; UTC milliseconds. */
export interface TestWindow {
  readonly by: string
  readonly from: number
  readonly until: number
}

/** Why a press counts as a test. */
export type TestKind = 'window' | 'drill'

/** Asked before the press is raised: a real press ends the drill. Undefined: it is no test, whoever says so afterwards. */
export function testOf(
  o: { readonly windows: LiveCollection<TestWindow>; readonly floor: Pick<Alarms, 'all'> },
  button: Stored<Button>,
  at: number,
): TestKind | undefined {
  const window = o.windows.get(button.id)
  if (window !== undefined && at >= window.from && at <= window.until) return 'window'
  const drilled = o.floor.all().some(alarm => alarm.drill && isLive(alarm) && alarm.plan.id === button.plan)
  return drilled ? 'drill' : undefined
}
