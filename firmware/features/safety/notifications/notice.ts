// One notice on its way: everybody at once, each tried a few times, nobody holding anybody; contacts one after the other.
import { type Clock, TIMED_OUT, within } from '../../../kernel/clock.ts'
import type { WayName } from './facts.ts'

/** One way to tell somebody. */
export interface Way {
  /** Of the phone, extension or zone: the same is told once. */
  readonly id: string
  readonly label: string
  readonly how: WayName
  /** A person says that he knows: where a contact has such a way, nothing less will do. */
  readonly confirms?: true
  /** Not answered by then, it is tried again. */
  readonly patienceMilliseconds: number
  /** Resolves with nothing when it was told, else with why not. */
  attempt(text: string, signal: AbortSignal): Promise<string | undefined>
}

/** Somebody with all his ways. */
export interface Recipients {
  readonly name: string
  readonly ways: readonly Way[]
}

/** What became of it by one way. */
export interface Receipt {
  readonly way: Way
  readonly delivered: boolean
  readonly attempts: number
  readonly cause?: string
}

const ATTEMPTS = 3
const PAUSE_MILLISECONDS = 2000

export interface Post {
  readonly clock: Clock
  readonly signal: AbortSignal
  /** Told of each attempt, with why it failed. */
  tried(way: Way, attempt: number, cause: string | undefined): void
}

/** Tells everybody; resolves with a receipt for each, never rejects. */
export const tell = (text: string, ways: readonly Way[], post: Post): Promise<readonly Receipt[]> =>
  Promise.all(ways.map(way => tellOne(text, way, post)))

/** Tells the first by all his ways, and the next only when he was not reached. */
export async function tellInOrder(
  text: string,
  contacts: readonly Recipients[],
  post: Post,
): Promise<readonly Receipt[]> {
  const receipts: Receipt[] = []
  for (const { ways } of contacts) {
    if (post.signal.aborted) break
    const own = await tell(text, ways, post)
    receipts.push(...own)
    if (knows(own)) break
  }
  return receipts
}

function knows(receipts: readonly Receipt[]): boolean {
  const confirming = receipts.filter(({ way }) => way.confirms)
  return (confirming.length > 0 ? confirming : receipts).some(({ delivered }) => delivered)
}

async function tellOne(text: string, way: Way, post: Post): Promise<Receipt> {
  for (let attempts = 1; ; attempts++) {
    const cause = await attempted(text, way, post)
    post.tried(way, attempts, cause)
    if (cause === undefined) return { way, delivered: true, attempts }
    if (attempts >= ATTEMPTS || post.signal.aborted) return { way, delivered: false, attempts, cause }
    await pause(post)
  }
}

async function attempted(text: string, way: Way, { clock, signal }: Post): Promise<string | undefined> {
  try {
    const late = () => undefined
    const outcome = await within(clock, way.patienceMilliseconds, way.attempt(text, signal), late)
    return outcome === TIMED_OUT ? 'no answer' : outcome
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
