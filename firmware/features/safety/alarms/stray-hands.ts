// Outputs that nobody of this process holds: what a crash left driven is let go, so that no strobe flashes for ever.
import type { PressId } from '../../../kernel/board-port.ts'
import type { Context } from '../../../kernel/feature.ts'
import { pressKey } from './incidents.ts'

/**
 * How long after a (re)connection, or after a hand was seen, it is asked whose it is, milliseconds. The board reports
 * every unsettled press with its greeting: by then each has its alarm.
 */
const PATIENCE = 5000

/** Whom this process knows. */
export interface Known {
  /** Alarms, live or over: those that are over let go by themselves. */
  alarm(id: string): boolean
  alarmOf(press: PressId): string | undefined
  /** Hands of actions that were no alarm's, by their owner. */
  action(owner: string): boolean
}

/**
 * A hand is a stray's when its alarm is not kept any more, when its action's process is gone, or when it is the reflex
 * of a press that was settled with an alarm nobody knows. A press that the board still reports keeps its reflex.
 */
export function releaseStrays(ctx: Pick<Context, 'board' | 'clock' | 'log'>, known: Known): void {
  const reported = new Set<string>()
  let planned = false
  const look = () => {
    planned = false
    for (const { output, owner } of ctx.board.outputs()) {
      const stray = owner === undefined ? undefined : strayOf(owner, known, reported)
      if (stray === undefined) continue
      ctx.log.warn('an output was held by nobody known and is released', { output, owner: stray.owner })
      // What it covered comes to light as a change of the output, and is looked at then.
      ctx.board.release(stray.owner, stray.presses)
    }
  }
  const plan = () => {
    if (planned) return
    planned = true
    ctx.clock.after(PATIENCE, look)
  }
  ctx.board.on(event => {
    if (event.type === 'pressed') reported.add(pressKey(event.press))
    if (event.type === 'connected' || event.type === 'output-changed') plan()
  })
  plan()
}

function strayOf(
  owner: string,
  known: Known,
  reported: ReadonlySet<string>,
): { readonly owner: string; readonly presses: readonly PressId[] } | undefined {
  if (owner.startsWith('alm_')) return known.alarm(owner) ? undefined : { owner, presses: [] }
  if (owner.startsWith('act_')) return known.action(owner) ? undefined : { owner, presses: [] }
  const [, box, epoch, sequence] = /^reflex:[^:]+:(.+)\/([^/]+)\/(\d+)$/.exec(owner) ?? []
  if (box === undefined || epoch === undefined) return undefined
  const press = { box, epoch, sequence: Number(sequence) }
  const held = reported.has(pressKey(press)) || known.alarmOf(press) !== undefined
  return held ? undefined : { owner, presses: [press] }
}
