// A phone that speaks one tone of its own as soon as it is in a call, and knows by their tones whom it hears.
import type { ExecutionContext } from 'ava'
import type { Softphone, SoftphoneOptions } from '../../native/pjsip-binding/softphone/softphone.ts'
import { speakersIn, voiceOf } from '../audio/speakers.ts'
import type { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { SingingPhone, stationPhone } from './singing-phone.ts'

/** Half a second. */
const PACKETS = 25
/** How long it listens where fewer come, milliseconds. */
const PATIENCE = 1000

export interface Speaker {
  readonly phone: Softphone
  readonly number: string
  /** Waits until the phone hears exactly these; fails naming whom it heard instead. */
  hears(...names: string[]): Promise<void>
}

/** Starts and registers a phone, with its voice; it is stopped with the test. */
export async function speaker(
  t: ExecutionContext,
  box: TestBox,
  number: string,
  o: Partial<SoftphoneOptions> = {},
): Promise<Speaker> {
  const singing = await SingingPhone.start(t, voiceOf(number), stationPhone(box, number, o))
  const { phone } = singing
  await phone.register()
  // Else the box would ring where nobody is, until the registration expires.
  t.teardown(() => phone.unregister())
  const hears = async (...names: string[]): Promise<void> => {
    let last: readonly string[] = []
    const wanted = [...names].sort().join(' ')
    const exactly = async () => {
      last = speakersIn(await singing.listen(() => halfASecond(singing)))
      return [...last].sort().join(' ') === wanted
    }
    await until(`${number} hears ${wanted}`, exactly, { seconds: 30 }).catch(error => {
      throw new Error(`${(error as Error).message}; it heard ${last.join(' ') || 'nobody'}`)
    })
    t.pass()
  }
  return { phone, number, hears }
}

/** As long as half a second of packets takes, or a second where fewer come. */
async function halfASecond(singing: SingingPhone): Promise<void> {
  const before = await singing.received()
  const startedAt = performance.now()
  await until(
    'half a second is heard',
    async () => (await singing.received()) >= before + PACKETS || performance.now() - startedAt > PATIENCE,
  )
}
