// Verbs of the board: how everything stands, and operating the inputs of a simulated one.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Route } from '../../../kernel/feature.ts'
import { type Static, Type } from '../../../kernel/schema.ts'
import { operationsOf } from './operations.ts'
import { words } from './words.en.ts'

const Operate = Type.Object(
  {
    input: Type.String({ minLength: 1, maxLength: 80 }),
    how: Type.Union(['press', 'release', 'cut', 'short', 'mend'].map(how => Type.Literal(how as 'press'))),
  },
  { additionalProperties: false },
)

/** The routes of this feature. */
export function routesOf(ctx: Context<unknown>): readonly Route<never, unknown>[] {
  const operate: Route<Static<typeof Operate>, object> = {
    method: 'POST',
    path: 'board/operate',
    about: 'Presses, releases, cuts, shorts or mends an input of the simulated board.',
    permission: 'board.operate',
    input: Operate,
    run({ input, how }, who) {
      checkOperation(ctx, input, how)
      ctx.log.info('simulated input operated', { input, how, who })
      ctx.board.operate(input, how)
      return {}
    },
  }
  const state: Route<never, unknown> = {
    method: 'GET',
    path: 'board/state',
    about: 'Inputs, outputs and amplifiers of the board, and their state now.',
    permission: 'board.view',
    run: () => stateOf(ctx),
  }
  return [state, operate as Route<never, unknown>]
}

function checkOperation(ctx: Context<unknown>, input: string, how: Static<typeof Operate>['how']): void {
  const { profile } = ctx.board
  if (!profile || !ctx.board.connected) {
    throw new PbxError('board.away', `${words['board.away']} ${words['board.away.remedy']}`, { status: 503 })
  }
  if (profile.driver !== 'simulated') {
    throw new PbxError('board.not-simulated', 'this board has real buttons: press them by hand', { status: 409 })
  }
  const found = profile.inputs.find(one => one.id === input)
  if (!found)
    throw new PbxError('board.no-such-input', 'there is no such input', {
      status: 404,
      fields: { input: 'is not there: choose one of the board' },
    })
  if (!operationsOf(found.wiring).includes(how)) {
    const fields = { how: `cannot happen to this wiring: choose ${operationsOf(found.wiring).join(', ')}` }
    throw new PbxError('board.not-possible', 'this wiring knows no such thing', { fields })
  }
}

function stateOf(ctx: Context<unknown>): object {
  const { profile, connected } = ctx.board
  // What a board said before it went away is not how its inputs stand now.
  const inputs = new Map((connected ? ctx.board.inputs() : []).map(one => [one.input, one]))
  const outputs = new Map(ctx.board.outputs().map(one => [one.output, one]))
  return {
    connected,
    simulated: profile?.driver === 'simulated',
    inputs: (profile?.inputs ?? []).map(({ id, label, wiring }) => ({
      id,
      label,
      wiring: wiring.kind,
      state: inputs.get(id)?.state ?? 'unknown',
      fault: inputs.get(id)?.fault,
      operations: operationsOf(wiring),
    })),
    outputs: (profile?.outputs ?? []).map(({ id, label, use, failSafe }) => ({
      id,
      label,
      use,
      failSafe,
      on: outputs.get(id)?.on ?? false,
      owner: outputs.get(id)?.owner,
      fault: outputs.get(id)?.fault,
    })),
    amplifiers: (profile?.amplifiers ?? []).map(({ id, label }) => ({ id, label })),
  }
}
