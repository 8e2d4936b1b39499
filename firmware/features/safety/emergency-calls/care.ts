// Whether somebody takes care of a call for help already: then nobody else has to be told.
import type { Context } from '../../../kernel/feature.ts'

/** Runs work about a call until it is done; its signal fires when somebody takes care, or when the feature stops. */
export type WhileUncared = (call: string, work: (signal: AbortSignal) => Promise<unknown>) => Promise<void>

export function whileUncared(ctx: Pick<Context, 'on' | 'signal'>): WhileUncared {
  const waiting = new Map<string, AbortController>()
  ctx.on('emergency-call.acknowledged', ({ call, by }) => waiting.get(call)?.abort(new Error(`${by} takes care`)))
  const stop = () => {
    for (const cared of waiting.values()) cared.abort(ctx.signal.reason)
  }
  ctx.signal.addEventListener('abort', stop, { once: true })
  return async (call, work) => {
    const cared = new AbortController()
    waiting.set(call, cared)
    try {
      await work(cared.signal)
    } finally {
      waiting.delete(call)
    }
  }
}
