// A call that says what happened, until somebody presses 1: the only way by which the box knows that a person knows.
import type { Leg, Party, RingTarget } from '../../../kernel/call/call.types.ts'
import { TIMED_OUT, within } from '../../../kernel/clock.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { Way } from './notice.ts'
import { words } from './words.en.ts'

/** How long the phone rings, seconds; how long words may take to be made; how long the whole may last: milliseconds. */
const RINGS = 20
const WORDS = 5000
const PATIENCE = 80_000
/** So long nobody pressed anything, the text is said so often: seconds, times. */
const SILENT = 40
const REPEATS = 3
const KNOWS = '1'

/** RFC 3261 section 20.26: phones that read it ring through do-not-disturb. */
const PRIORITY = { name: 'Priority', value: 'emergency' } as const

/** What is said when the words themselves cannot be made in time; loaded ahead. */
export const FALLBACK = 'notice:fallback'

interface Called {
  readonly id: string
  readonly label: string
  readonly language: string
  targets(): readonly RingTarget[]
}

type Parts = Pick<Context, 'calls' | 'clock' | 'log' | 'sip' | 'speech'>

export function callWay(ctx: Parts, o: Called): Way {
  return {
    id: o.id,
    label: o.label,
    how: 'call',
    confirms: true,
    patienceMilliseconds: PATIENCE,
    async attempt(text, signal) {
      if (o.targets().length === 0) return 'not registered'
      const sound = await soundOf(ctx, text, o.language)
      const to = o.targets().map(target => ({ ...target, headers: [...(target.headers ?? []), PRIORITY] }))
      let confirmed = false
      const cause = await ctx.calls.place({ to, from: box(), patienceSeconds: RINGS, why: text }, async leg => {
        const leave = () => leg.hangup('cancelled')
        signal.addEventListener('abort', leave, { once: true })
        confirmed = await saidUntilKnown(leg, sound)
        signal.removeEventListener('abort', leave)
        return 'answered'
      })
      if (sound !== FALLBACK) ctx.sip.dropSound(sound)
      if (confirmed) return undefined
      return cause === 'answered' ? 'answered, but nobody pressed 1' : cause
    },
  }
}

const box = (): Party => ({ number: 'alarm', name: words['notifications.caller'], trust: 'line' })

/** Says it and waits for the key; rejects when the phone is hung up. */
async function saidUntilKnown(leg: Leg, sound: string): Promise<boolean> {
  const quiet = new AbortController()
  const saying = leg.play({ sounds: [sound], repeats: REPEATS, gapMilliseconds: 1500 }, { signal: quiet.signal })
  const [known] = await Promise.all([pressed(leg).finally(() => quiet.abort()), saying])
  return known
}

async function pressed(leg: Leg): Promise<boolean> {
  for (;;) {
    const digit = await leg.digits({ count: 1, patienceSeconds: SILENT })
    if (digit === KNOWS) return true
    if (digit === '') return false
  }
}

/** The text and what to press; without a voice, or when it hangs, the words that were made ahead. */
async function soundOf(ctx: Parts, text: string, language: string): Promise<string> {
  const made = async () => {
    const { sha256, file } = await ctx.speech(`${text}. ${words['notifications.press-1']}`, language)
    const sound = `notice:${sha256}`
    await ctx.sip.loadSound(sound, file)
    return sound
  }
  try {
    const sound = await within(ctx.clock, WORDS, made(), () => undefined)
    return sound === TIMED_OUT ? FALLBACK : sound
  } catch (error) {
    ctx.log.warn('a notice is told without its own words', { error })
    return FALLBACK
  }
}

/** Makes the words that are said when others cannot be made. */
export async function loadFallback(ctx: Pick<Context, 'sip' | 'speech'>, language: string): Promise<void> {
  const text = `${words['notifications.fallback']} ${words['notifications.press-1']}`
  const { file } = await ctx.speech(text, language)
  await ctx.sip.loadSound(FALLBACK, file)
}
