// The lamp of a button tells the one who pressed: on its way, alarm raised, somebody is taking care.
import type { BoardPort, Pattern } from '../../../kernel/board-port.ts'
import { type Alarm, isLive } from '../alarms/feature.ts'

/** Somebody has acknowledged. That a press is on its way is the board's own reflex, and blinks faster. */
const ACKNOWLEDGED: Pattern = { kind: 'blink', onMilliseconds: 1000, offMilliseconds: 1000 }
const RAISED: Pattern = { kind: 'steady' }

/** Drives the lamps of the buttons that were pressed for this alarm; its outputs are released with the alarm's. */
export function showLamps(
  board: BoardPort,
  alarm: Alarm,
  o: { lampOf(button: string): string | undefined; priority: number },
): void {
  if (!isLive(alarm) || alarm.plan.silent) return
  const pattern = alarm.state === 'acknowledged' ? ACKNOWLEDGED : RAISED
  const lamps = alarm.presses.map(press => (press.button === undefined ? undefined : o.lampOf(press.button)))
  for (const output of new Set(lamps.filter(lamp => lamp !== undefined)))
    board.drive({ output, pattern, owner: alarm.id, priority: o.priority })
}
