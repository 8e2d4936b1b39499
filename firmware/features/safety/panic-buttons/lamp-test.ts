// The test of the lamps: every strobe and lamp lit for a moment, and never where that could be taken for an alarm.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Route } from '../../../kernel/feature.ts'
import { type Alarms, isLive } from '../alarms/feature.ts'

/** Lights what the board has; refused while an alarm lives, or an output is on for anything else. */
export const lampTest = (
  ctx: Pick<Context<never>, 'board' | 'log'>,
  alarms: Alarms,
): Route<Record<string, never>, unknown> => ({
  method: 'POST',
  path: 'panic-buttons/lamp-test',
  about: 'Lights every strobe and lamp of the board for ten seconds; never while an alarm lives.',
  permission: 'panic-buttons.test',
  run(_input, who) {
    refuseLampTest(ctx, alarms)
    ctx.log.info('lamp test', { who })
    ctx.board.lampTest()
    return {}
  },
})

/** Lights that mean nothing must not be taken for an alarm, nor hide one. */
function refuseLampTest({ board }: Pick<Context, 'board'>, floor: Alarms): void {
  if (!board.connected) throw new PbxError('panic-buttons.board-away', 'the board does not answer', { status: 503 })
  const live = floor.all().find(isLive)
  if (live !== undefined) {
    const why = `an alarm lives (${live.plan.name}): test the lamps when it is over`
    throw new PbxError('panic-buttons.alarm-lives', why, { status: 409 })
  }
  const driven = board.outputs().find(({ owner }) => owner !== undefined && owner !== 'lamp-test')
  if (driven === undefined) return
  const name = board.profile?.outputs.find(({ id }) => id === driven.output)?.label ?? driven.output
  throw new PbxError('panic-buttons.outputs-driven', `${name} is on: test the lamps when it is off`, { status: 409 })
}
