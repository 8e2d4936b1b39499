// One notice on its way: everybody at once, each tried a few times, nobody holding anybody.
import type { Binding } from '../../../kernel/call/call.types.ts'
import { type Clock, TIMED_OUT, within } from '../../../kernel/clock.ts'

/** Someone to be told. */
export interface Recipient {
  readonly id: string
  readonly label: string
  /** Where to reach it now. */
  bindings(): readonly Binding[]
}

/** What became of it for one recipient. */
export interface Receipt {
  readonly recipient: Recipient
  readonly delivered: boolean
  readonly attempts: number
  readonly cause?: string
}

/** A phone that has not answered by then is tried again. */
const PATIENCE_MILLISECONDS = 4000
const ATTEMPTS = 3
const PAUSE_MILLISECONDS = 2000

export interface Post {
  readonly clock: Clock
  send(binding: Binding, text: string): Promise<number>
  readonly signal: AbortSignal
}

/** Tells everybody; resolves with a receipt for each, never rejects. */
export const tell = (text: string, recipients: readonly Recipient[], post: Post): Promise<readonly Receipt[]> =>
  Promise.all(recipients.map(recipient => tellOne(text, recipient, post)))

async function tellOne(text: string, recipient: Recipient, post: Post): Promise<Receipt> {
  let cause = 'not registered'
  for (let attempts = 1; ; attempts++) {
    const outcome = await attempt(text, recipient, post)
    if (outcome === undefined) return { recipient, delivered: true, attempts }
    cause = outcome
    if (attempts >= ATTEMPTS || post.signal.aborted) return { recipient, delivered: false, attempts, cause }
    await pause(post)
  }
}

/** All contacts of a phone at once; one that takes it is enough. Returns why none did. */
async function attempt(text: string, recipient: Recipient, post: Post): Promise<string | undefined> {
  const bindings = recipient.bindings()
  if (bindings.length === 0) return 'not registered'
  const outcomes = await Promise.all(bindings.map(binding => sent(text, binding, post)))
  return outcomes.includes(undefined) ? undefined : outcomes[0]
}

async function sent(text: string, binding: Binding, post: Post): Promise<string | undefined> {
  try {
    const late = () => undefined
    const status = await within(post.clock, PATIENCE_MILLISECONDS, post.send(binding, text), late)
    if (status === TIMED_OUT) return 'no answer'
    return status >= 200 && status < 300 ? undefined : `refused with ${status}`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}

/** Ends early, without complaint, when the alarm is over. */
async function pause(post: Post): Promise<void> {
  try {
    await post.clock.sleep(PAUSE_MILLISECONDS, post.signal)
  } catch (error) {
    if (!post.signal.aborted) throw error
  }
}
