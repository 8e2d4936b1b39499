// A test's assertions without their judgement: in a sweep a scenario is told for what it does to the box, not for what it expects.
import type { ExecutionContext } from 'ava'

/** What the body of a scenario left to be done at its end. */
export interface Muted {
  readonly t: ExecutionContext
  readonly teardowns: readonly (() => unknown)[]
}

const settledError = async (work: unknown): Promise<unknown> => {
  try {
    await (typeof work === 'function' ? (work as () => unknown)() : work)
    return undefined
  } catch (error) {
    return error
  }
}

const thrown = (work: () => unknown): unknown => {
  try {
    work()
    return undefined
  } catch (error) {
    return error
  }
}

/** An execution context that runs what it is given and believes whatever it is told. */
export function muted(real: ExecutionContext): Muted {
  const teardowns: (() => unknown)[] = []
  const own: Record<string, unknown> = {
    title: real.title,
    context: {},
    teardown: (work: () => unknown) => void teardowns.unshift(work),
    throws: thrown,
    notThrows: thrown,
    throwsAsync: settledError,
    notThrowsAsync: settledError,
  }
  const t = new Proxy(real, { get: (_, key) => own[String(key)] ?? (() => true) })
  return { t, teardowns }
}
