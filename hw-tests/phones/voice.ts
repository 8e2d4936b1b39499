// A softphone with a voice of its own: it sings a melody into every call, and what it hears is judged by content.
import type { ExecutionContext } from 'ava'
import type { Softphone, SoftphoneOptions } from '../../native/pjsip-binding/softphone/softphone.ts'
import {
  type HeardSequence,
  heardSequence,
  type ToneSequence,
  toneSequence,
  toneSound,
} from '../audio/tone-sequence.ts'
import type { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { SingingPhone, stationPhone } from './singing-phone.ts'

/** Two turns of a looped melody hold one whole one, wherever the ear comes in. */
const TWO_TURNS = 190
/** A recording begins with what its buffers held from before. */
const STALE_SECONDS = 0.1
/** Longest hole in a melody, milliseconds: phones and box share a machine with whatever else runs there. */
const MOST_GAP = 200
/** How often two may listen until a melody came through as it was sung: the machine may be away for a moment. */
const LISTENINGS = 3

export class Voice {
  readonly phone: Softphone
  readonly melody: ToneSequence
  readonly #singing: SingingPhone

  private constructor(singing: SingingPhone, melody: ToneSequence) {
    this.phone = singing.phone
    this.melody = melody
    this.#singing = singing
  }

  /** A phone that sings the melody of `seed`; stopped with the test. It is not registered yet. */
  static async start(t: ExecutionContext, seed: number, o: SoftphoneOptions): Promise<Voice> {
    const melody = unmistakable(seed)
    return new Voice(await SingingPhone.start(t, toneSound(melody), o), melody)
  }

  /** The phone of a station of the box, registered; its melody follows from its number. */
  static async registered(
    t: ExecutionContext,
    box: TestBox,
    number: string,
    o: Partial<SoftphoneOptions> = {},
  ): Promise<Voice> {
    const voice = await Voice.start(t, Number(number), stationPhone(box, number, o))
    await voice.phone.register()
    return voice
  }

  get number(): string {
    return this.phone.options.user
  }

  /** Packets that its present call has brought so far. */
  received(): Promise<number> {
    return this.#singing.received()
  }

  /** Resolves when nothing comes any more, as after a hold. */
  untilQuiet(): Promise<void> {
    return this.#singing.untilQuiet()
  }

  /** Listens from now on for so many packets of its present call, and tells what it heard of a melody. */
  async hears(melody: ToneSequence, packets = TWO_TURNS): Promise<HeardSequence> {
    const before = await this.received()
    const what = `${this.number} hears ${packets} more packets`
    return this.#listen(melody, () =>
      until(what, async () => (await this.received()) >= before + packets, { seconds: 60, everyMilliseconds: 100 }),
    )
  }

  /** Listens for so long, whether or not anything comes. */
  hearsFor(milliseconds: number, melody: ToneSequence): Promise<HeardSequence> {
    return this.#listen(melody, () => new Promise(resolve => setTimeout(resolve, milliseconds)))
  }

  async #listen(melody: ToneSequence, done: () => Promise<void>): Promise<HeardSequence> {
    const { rate, samples } = await this.#singing.listen(done)
    return heardSequence({ rate, samples: samples.subarray(Math.round(rate * STALE_SECONDS)) }, melody)
  }
}

/** A melody without a tone twice: whoever comes in at any place of it knows where he is. */
function unmistakable(seed: number): ToneSequence {
  for (let n = 0; n < 1000; n++) {
    const melody = toneSequence(seed + 1000 * n)
    if (new Set(melody.frequencies).size === melody.frequencies.length) return melody
  }
  throw new Error(`no melody of different tones for ${seed}`)
}

/** Both hear the other's melody whole, without holes and as loud as it was sung. */
export async function hearEachOther(t: ExecutionContext, a: Voice, b: Voice): Promise<void> {
  for (let listening = 1; ; listening += 1) {
    const [atA, atB] = await Promise.all([a.hears(b.melody), b.hears(a.melody)])
    const faults = [...faultsOf(a, atA, b), ...faultsOf(b, atB, a)]
    if (faults.length === 0 || listening === LISTENINGS) {
      t.deepEqual(faults, [])
      return
    }
    t.log(`listening ${listening} was disturbed: ${faults.join(', ')}`)
  }
}

function faultsOf(ear: Voice, heard: HeardSequence, { melody }: Voice): string[] {
  const faults: string[] = []
  if (heard.times < 1) faults.push(`${ear.number} heard ${heard.tones.length} tones, the melody not once whole`)
  if (heard.longestGapMs > MOST_GAP) faults.push(`${ear.number}: a gap of ${heard.longestGapMs} ms`)
  if (!(Math.abs(heard.levelDbfs - melody.levelDbfs) < 2)) faults.push(`${ear.number}: ${heard.levelDbfs} dBFS`)
  return faults
}

/** A call from one to the other, by its number or the one that is dialled for it: it rings, and is answered. */
export async function talk(a: Voice, b: Voice, dialled = b.number): Promise<{ readonly hangUp: () => Promise<void> }> {
  const call = await a.phone.call(dialled)
  const incoming = await b.phone.nextCall()
  await call.next('ringing')
  await incoming.answer()
  await call.whenAnswered()
  return {
    async hangUp() {
      await call.hangup()
      await incoming.whenEnded()
    },
  }
}
