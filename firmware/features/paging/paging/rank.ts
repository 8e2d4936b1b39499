// Who goes first where two pages want one endpoint: a number for the kernel's arbiter and for the board's.
import { PAGE_PRIORITIES, type PagePriority } from '../../../kernel/call/call.types.ts'
import type { Trigger } from '../../../kernel/feature.ts'

const ALARM = PAGE_PRIORITIES.indexOf('alarm')
/** Of alarms; see {@link Trigger.gravity}. */
const GRAVITIES = 4

/**
 * The place of its priority; alarm and emergency have one place for each gravity. A drill gives way to everything that is
 * said in earnest, however grave the alarm is that it rehearses.
 */
export function rankOf(priority: PagePriority, why: Pick<Trigger, 'drill' | 'gravity'>): number {
  if (why.drill) return PAGE_PRIORITIES.indexOf('bell')
  const place = PAGE_PRIORITIES.indexOf(priority)
  if (place < ALARM) return place
  return ALARM + (place - ALARM) * GRAVITIES + Math.min(GRAVITIES - 1, why.gravity ?? 0)
}
