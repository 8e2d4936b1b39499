// Time as features see it: the wall clock for people, the monotonic clock for deadlines.

/** The only source of time for kernel and features; the fake in testkit stands still until told to move. */
export interface Clock {
  /** UTC milliseconds of the wall clock. */
  now(): number
  /** Milliseconds of the monotonic clock: the only source of intervals and deadlines. */
  since(): number
  /** Whether the wall clock is believed (NTP, or a sane RTC). Bells and certificates ask it, alarms never do. */
  readonly trusted: boolean
  /** Runs `work` once after `milliseconds`; the returned function forgets it. */
  after(milliseconds: number, work: () => void): () => void
  /** Runs `work` every `milliseconds` until the returned function is called. */
  every(milliseconds: number, work: () => void): () => void
  /** Resolves after `milliseconds`; rejects with the signal's reason when it aborts first. */
  sleep(milliseconds: number, signal?: AbortSignal): Promise<void>
}

/** What a deadline left of a promise. */
export const TIMED_OUT: unique symbol = Symbol('timed out')

/** The promise's value, or {@link TIMED_OUT} after `milliseconds`; a late rejection is handed to `late`. */
export async function within<T>(
  clock: Clock,
  milliseconds: number,
  work: Promise<T>,
  late?: (error: unknown) => void,
): Promise<T | typeof TIMED_OUT> {
  let over = false
  const done: Promise<T | typeof TIMED_OUT> = work.catch((error: unknown): typeof TIMED_OUT => {
    if (!over) throw error
    late?.(error)
    return TIMED_OUT
  })
  const deadline = Promise.withResolvers<typeof TIMED_OUT>()
  const forget = clock.after(milliseconds, () => {
    over = true
    deadline.resolve(TIMED_OUT)
  })
  try {
    return await Promise.race([done, deadline.promise])
  } finally {
    forget()
  }
}
