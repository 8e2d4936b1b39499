// A softphone with real audio in both directions: it sings a sound of its own into every call, and what it hears is kept.
import { mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { Softphone, type SoftphoneOptions } from '../../native/pjsip-binding/softphone/softphone.ts'
import type { Sound } from '../audio/sound.ts'
import { readWav, writeWav } from '../audio/wav.ts'
import type { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'

const EMPTY_WAV = 44
/** Nothing is under way any more when so many looks in a row, 200 ms apart, find no packet more. */
const QUIET_LOOKS = 4

export class SingingPhone {
  readonly phone: Softphone
  readonly #folder: string
  #recordings = 0

  private constructor(phone: Softphone, folder: string) {
    this.phone = phone
    this.#folder = folder
  }

  /** Starts it; it is stopped with the test, and not registered yet. */
  static async start(t: ExecutionContext, song: Sound, o: SoftphoneOptions): Promise<SingingPhone> {
    const folder = await mkdtemp(join(tmpdir(), 'singing-'))
    t.teardown(() => rm(folder, { recursive: true, force: true }))
    const phone = await Softphone.start(o)
    t.teardown(() => phone.stop())
    await writeWav(join(folder, 'song.wav'), song)
    await phone.play(join(folder, 'song.wav'), { loop: true })
    return new SingingPhone(phone, folder)
  }

  /** Packets that its present call has brought so far. */
  async received(): Promise<number> {
    return (await this.phone.current.stats()).packetsReceived ?? 0
  }

  /** What it hears from now until `done`. */
  async listen(done: () => Promise<void>): Promise<Sound> {
    const file = join(this.#folder, `heard-${++this.#recordings}.wav`)
    await this.phone.record(file)
    await done()
    await this.phone.stopRecording()
    // A call that brings no packet writes nothing, not even the head of a file.
    if ((await stat(file)).size <= EMPTY_WAV) return { rate: 16_000, samples: new Float32Array() }
    return readWav(file)
  }

  /** Resolves when nothing comes any more, as after a hold: what was under way has arrived by then. */
  async untilQuiet(): Promise<void> {
    let [last, looks] = [-1, 0]
    const quiet = async () => {
      const now = await this.received()
      looks = now === last ? looks + 1 : 0
      last = now
      return looks >= QUIET_LOOKS
    }
    await until(`nothing comes to ${this.phone.options.user}`, quiet, { everyMilliseconds: 200 })
  }
}

/** How the phone of a station of the box is set up. */
export function stationPhone(box: TestBox, number: string, o: Partial<SoftphoneOptions> = {}): SoftphoneOptions {
  const suffix = (o.transport ?? 'udp') === 'udp' ? '' : `;transport=${o.transport}`
  const registrar = `sip:${box.registrar}${suffix}`
  return { user: number, password: `secret-of-${number}`, registrar, host: box.host, ...o }
}
