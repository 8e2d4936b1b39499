// Waiting that ends when a leg does: the reason why no feature listens for hang-ups.
import { CallGone, type Cause, LegMoved } from '../errors.ts'

/** `work`, or a rejection with the signal's reason as soon as it aborts. A late failure of `work` stays with its maker. */
export function orGone<T>(gone: AbortSignal, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const leave = () => reject(gone.reason)
    const settled = () => gone.removeEventListener('abort', leave)
    if (gone.aborted) leave()
    else gone.addEventListener('abort', leave, { once: true })
    work.then(resolve, reject).then(settled, settled)
  })
}

/**
 * Calls `leave` once, with the reason of the first of these signals that aborts; at once when one has. Returns what stops
 * listening. Two of these stand in every call: the engine's `AbortSignal.any` costs it as much as routing does.
 */
export function atFirst(signals: readonly AbortSignal[], leave: (reason: unknown) => void): () => void {
  const stop = () => {
    for (const signal of signals) signal.removeEventListener('abort', heard)
  }
  const heard = () => {
    stop()
    leave(signals.find(({ aborted }) => aborted)?.reason)
  }
  if (signals.some(({ aborted }) => aborted)) heard()
  else for (const signal of signals) signal.addEventListener('abort', heard)
  return stop
}

/** The cause that an error of a call's function stands for. */
export function causeOf(error: unknown): Cause {
  if (error instanceof CallGone) return error.why
  if (error instanceof LegMoved) return 'moved'
  return 'failed'
}

/** Whether this error is only the end of a leg, which everyone expects. */
export const isDeparture = (error: unknown): boolean => error instanceof CallGone || error instanceof LegMoved
