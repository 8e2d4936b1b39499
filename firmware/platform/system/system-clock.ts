// The clocks of the machine: UTC for people, the monotonic one for every deadline.
import type { Clock } from '../../kernel/clock.ts'

/** Longest delay that one timer of Node can hold; longer ones are chained. */
const LONGEST = 2_147_483_647

/** `trusted` is asked each time: NTP may come and go. */
export function systemClock(o: { trusted: () => boolean }): Clock {
  const after = (milliseconds: number, work: () => void): (() => void) => {
    const rest = milliseconds - LONGEST
    let forget = () => {}
    const timer = setTimeout(
      () => {
        if (rest > 0) forget = after(rest, work)
        else work()
      },
      Math.max(0, Math.min(milliseconds, LONGEST)),
    )
    forget = () => clearTimeout(timer)
    return () => forget()
  }
  return {
    now: () => Date.now(),
    since: () => performance.now(),
    get trusted() {
      return o.trusted()
    },
    after,
    every(milliseconds, work) {
      const timer = setInterval(work, milliseconds)
      return () => clearInterval(timer)
    },
    sleep(milliseconds, signal) {
      return new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason)
        const leave = () => {
          forget()
          reject(signal?.reason)
        }
        const forget = after(milliseconds, () => {
          signal?.removeEventListener('abort', leave)
          resolve()
        })
        signal?.addEventListener('abort', leave, { once: true })
      })
    },
  }
}
