// Verbs of buttons: how each stands, and marking a press as its test.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Route } from '../../../kernel/feature.ts'
import { HistoryInput } from '../../../kernel/history-input.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import { type Alarms, isLive } from '../alarms/feature.ts'
import type { Use } from './problems.ts'
import type { TestLog } from './records.ts'
import { ButtonInput, buttonKind } from './settings.ts'

/** The routes of this feature. */
export function routesOf(
  ctx: Context<never>,
  o: { uses: LiveCollection<Use>; alarms: Alarms; log: TestLog },
): Route<never, unknown>[] {
  const state: Route<Record<string, never>, unknown> = {
    method: 'GET',
    path: 'panic-buttons/state',
    about: 'Every button: its contacts now, the alarm it is part of, last press and last test.',
    permission: 'panic-buttons.view',
    rows: { in: 'buttons', on: ({ id }: { readonly id: string }) => [{ kind: 'button', id }] },
    run: () => ({
      buttons: ctx.store.all(buttonKind).map(button => ({
        ...button,
        // What a board said before it went away is not how its contacts stand now.
        contacts: button.inputs.map(
          input =>
            (ctx.board.connected ? ctx.board.inputs().find(one => one.input === input) : undefined) ?? {
              input,
              state: 'unknown',
            },
        ),
        alarm: o.alarms.all().find(alarm => isLive(alarm) && alarm.presses.some(one => one.button === button.id))?.id,
        ...o.uses.get(button.id),
      })),
    }),
  }
  const tested: Route<ButtonInput, Use> = {
    method: 'POST',
    path: 'panic-buttons/tested',
    about: 'Marks the last press of a button as its test.',
    permission: 'panic-buttons.test',
    input: ButtonInput,
    run({ button }, who) {
      const found = ctx.store.get(buttonKind, button)
      if (found === undefined) throw new PbxError('panic-buttons.not-found', 'there is no such button', { status: 404 })
      const use = o.uses.get(button)
      if (use?.pressedAt === undefined)
        throw new PbxError('panic-buttons.not-pressed', 'it was never pressed: press it, then mark it', { status: 409 })
      const now = { ...use, testedAt: use.pressedAt }
      o.uses.set(button, now)
      o.log.tested({
        button,
        name: found.name,
        pressed_at: use.pressedAt,
        marked_at: ctx.clock.now(),
        marked_by: who.name,
      })
      ctx.emit('button.tested', { button, by: who.name, at: use.pressedAt })
      return now
    },
  }
  const tests: Route<HistoryInput, unknown> = {
    method: 'GET',
    path: 'panic-buttons/tests',
    about: 'Tests of the past, newest first.',
    permission: 'panic-buttons.view',
    input: HistoryInput,
    rows: { in: 'tests', on: ({ button: id }: { readonly button: string }) => [{ kind: 'button', id }] },
    async run(asked) {
      const { rows, ...more } = await o.log.past(asked)
      return { tests: rows, ...more }
    },
  }
  const lampTest: Route<Record<string, never>, unknown> = {
    method: 'POST',
    path: 'panic-buttons/lamp-test',
    about: 'Lights every strobe and lamp of the board for ten seconds; never while an alarm lives.',
    permission: 'panic-buttons.test',
    run(_input, who) {
      refuseLampTest(ctx, o.alarms)
      ctx.log.info('lamp test', { who })
      ctx.board.lampTest()
      return {}
    },
  }
  return [state, tested, tests, lampTest]
}

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
