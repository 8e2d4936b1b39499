// The door of a conference: whoever knows the PIN comes in.
import type { Leg } from '../../../kernel/call/call.types.ts'

/** How often a caller may try. */
const TRIES = 3
/** For the first digit, while the door speaks; then for each of the others. */
const FIRST_SECONDS = 15
const PATIENCE_SECONDS = 8

/** What the door says; undefined: not ready, the caller hears nothing and may type all the same. */
export interface Prompts {
  readonly ask: string | undefined
  readonly wrong: string | undefined
}

/** Whether the caller typed the PIN. Typing interrupts what the door says. */
export async function knowsPin(caller: Leg, pin: string, prompts: Prompts): Promise<boolean> {
  await caller.answer()
  let say = [prompts.ask]
  for (let attempt = 0; attempt < TRIES; attempt += 1) {
    if ((await typed(caller, pin.length, say)) === pin) return true
    say = [prompts.wrong, prompts.ask]
  }
  return false
}

async function typed(caller: Leg, count: number, say: readonly (string | undefined)[]): Promise<string> {
  const sounds = say.filter(sound => sound !== undefined)
  const quiet = new AbortController()
  const saying = sounds.length
    ? caller.play({ sounds, repeats: 1, gapMilliseconds: 0 }, { signal: quiet.signal })
    : Promise.resolve()
  const first = caller.digits({ count: 1, patienceSeconds: FIRST_SECONDS }).finally(() => quiet.abort())
  const [digit] = await Promise.all([first, saying])
  if (digit === '' || digit === '#' || count === 1) return digit
  return digit + (await caller.digits({ count: count - 1, patienceSeconds: PATIENCE_SECONDS, terminator: '#' }))
}
