// A process that can die in the middle of anything: from then on its ports do nothing, and nothing reaches it any more.

/** One life of the supervisor. */
export interface Life {
  dead: boolean
}

const SUBSCRIPTIONS: readonly PropertyKey[] = ['on', 'onChange', 'after', 'every']

/**
 * The port as this life holds it. After death commands vanish, promises stay open, callbacks are not called; `reads`
 * (which do nothing) still answer, so that the dead code, still there in the test's own process, stumbles over nothing.
 */
export function mortal<T extends object>(port: T, life: Life, reads: readonly (keyof T & string)[] = []): T {
  const wrapped = (value: (...args: unknown[]) => unknown, key: PropertyKey) => {
    return (...args: unknown[]): unknown => {
      if (life.dead && !reads.includes(key as never)) return SUBSCRIPTIONS.includes(key) ? () => {} : never()
      const outcome = value.apply(
        port,
        args.map(one => onlyAlive(one, life)),
      )
      return outcome instanceof Promise ? whileAlive(outcome, life) : outcome
    }
  }
  return new Proxy(port, {
    get(_, key) {
      const value: unknown = Reflect.get(port, key, port)
      return typeof value === 'function' ? wrapped(value as (...args: unknown[]) => unknown, key) : value
    },
  })
}

/** A promise of its own each time: one for all would hold on to everybody who ever waited for it. */
const never = (): Promise<never> => new Promise(() => {})

function onlyAlive(argument: unknown, life: Life): unknown {
  if (typeof argument !== 'function') return argument
  return (...args: unknown[]) => (life.dead ? undefined : (argument as (...args: unknown[]) => unknown)(...args))
}

const whileAlive = (outcome: Promise<unknown>, life: Life): Promise<unknown> =>
  new Promise((resolve, reject) => {
    outcome.then(
      value => life.dead || resolve(value),
      error => life.dead || reject(error),
    )
  })
