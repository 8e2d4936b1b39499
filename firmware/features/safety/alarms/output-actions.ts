// The actions `strobe` and `relay`: outputs of the board, driven for an alarm until it is over, or for a while.

import { PbxError } from '../../../kernel/errors.ts'
import type { ActionKind, Context } from '../../../kernel/feature.ts'
import { newIdentity } from '../../../kernel/identity.ts'
import { BLINK, STEADY } from './reflex-table.ts'
import { OutputParams } from './settings.ts'

/** How long an output is driven for a trigger that is no alarm. */
const WITHOUT_ALARM_MILLISECONDS = 10_000
const WITHOUT_ALARM_PRIORITY = 10
/** The board has answered by then, also where a contact reads the output back, or the step is tried again. */
const ANSWER_MILLISECONDS = 500

/** What the two actions share. */
export interface Hands {
  /** How strong the hand of this alarm is. */
  priorityOf(alarm: string): number | undefined
  /** Owners of what this process drives for no alarm. */
  readonly passing: Set<string>
}

export function outputAction(
  title: string,
  ctx: Pick<Context, 'board' | 'clock'>,
  { priorityOf, passing }: Hands,
): ActionKind<OutputParams> {
  const letGo = (owner: string) => {
    passing.delete(owner)
    ctx.board.release(owner)
  }
  return {
    title,
    params: OutputParams,
    check: params => missingOutputs(ctx, params),
    async run(params, why, signal) {
      const owner = why.alarm ?? newIdentity('act')
      const priority = (why.alarm === undefined ? undefined : priorityOf(why.alarm)) ?? WITHOUT_ALARM_PRIORITY
      if (why.alarm === undefined) passing.add(owner)
      const answers = hearAnswers(ctx, { outputs: params.outputs, owner, signal })
      try {
        for (const output of params.outputs)
          ctx.board.drive({ output, pattern: params.blink === true ? BLINK : STEADY, owner, priority })
        if (why.alarm === undefined) ctx.clock.after(WITHOUT_ALARM_MILLISECONDS, () => letGo(owner))
        const wrong = Object.values(missingOutputs(ctx, params))[0]
        if (wrong !== undefined) throw new PbxError('alarms.no-such-output', wrong, { status: 409 })
        // The command is kept for the board; that it happened is not known before the board is back.
        if (!ctx.board.connected) throw boardAway()
        await answers.all()
      } finally {
        answers.forget()
      }
    },
  }
}

/** Hears what the board answers for outputs that are about to be driven, for at most half a second. */
function hearAnswers(
  ctx: Pick<Context, 'board' | 'clock'>,
  o: { outputs: readonly string[]; owner: string; signal: AbortSignal },
): { all(): Promise<void>; forget(): void } {
  const waiting = new Set(o.outputs)
  let failure: unknown
  let settled = () => {}
  const fail = (why: unknown) => {
    failure ??= why
    settled()
  }
  const forgetEvents = ctx.board.on(event => {
    if (event.type === 'disconnected') fail(boardAway())
    if (event.type !== 'driven' || event.owner !== o.owner || !waiting.delete(event.output)) return
    if (event.fault !== undefined) fail(notTaken(labelOf(ctx, event.output), event.fault))
    settled()
  })
  const forgetDeadline = ctx.clock.after(ANSWER_MILLISECONDS, () => {
    const names = [...waiting].map(output => labelOf(ctx, output)).join(', ')
    fail(notTaken(names, 'the board did not answer in time'))
  })
  const stopped = () => fail(o.signal.reason)
  o.signal.addEventListener('abort', stopped, { once: true })
  return {
    all: () =>
      new Promise((resolve, reject) => {
        settled = () => {
          if (failure !== undefined) reject(failure)
          else if (waiting.size === 0) resolve()
        }
        settled()
      }),
    forget() {
      forgetEvents()
      forgetDeadline()
      o.signal.removeEventListener('abort', stopped)
    },
  }
}

const boardAway = () => new PbxError('alarms.board-away', 'the board does not answer', { status: 503 })
const notTaken = (output: string, why: string) =>
  new PbxError('alarms.output-failed', `${output} may not show it: ${why}`, { status: 503 })
const labelOf = ({ board }: Pick<Context, 'board'>, output: string): string =>
  board.profile?.outputs.find(one => one.id === output)?.label ?? output

function missingOutputs(ctx: Pick<Context, 'board'>, params: OutputParams): Record<string, string> {
  const profile = ctx.board.profile
  if (profile === undefined) return {}
  const missing = params.outputs.filter(output => !profile.outputs.some(one => one.id === output))
  return missing.length === 0 ? {} : { outputs: `the board has no output ${missing.join(', ')}: choose another` }
}
