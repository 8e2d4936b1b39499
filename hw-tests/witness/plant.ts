// The plant of the witness: a fresh box whose plans say melodies instead of words, so that who heard what can be told by ear.
import { join } from 'node:path'
import type { Operation } from '../../firmware/kernel/store.ts'
import { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import type { Sound } from '../audio/sound.ts'
import { toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { formatWav } from '../audio/wav.ts'
import type { Station, TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'

/** A plan of this plant and the message that only it says. */
export interface WitnessPlan {
  readonly id: string
  readonly name: string
  readonly message: Sound
  readonly strobe: string
  /** Inputs of its two buttons. */
  readonly inputs: readonly string[]
}

export interface WitnessPlant {
  readonly plans: readonly WitnessPlan[]
  readonly stations: readonly Station[]
  readonly multicast: { readonly group: string; readonly port: number }
}

type Resource = Record<string, unknown> & { readonly id: string; readonly rev: number }

/** How long a message lasts: long enough to be told from others, short enough for many alarms. */
const TONES = { count: 6, toneMs: 200 }

/**
 * Makes `numbers` stations, gives the four plans of a fresh box a melody each, said `repeats` times without a lead-in,
 * a strobe each, and turns escalation off. The multicast group is the given one.
 */
export async function witnessPlant(
  box: TestBox,
  o: { numbers: readonly string[]; group: string; port: number; repeats: number },
): Promise<WitnessPlant> {
  const stations = await box.stations(o.numbers)
  const [stream] = await box.resources<Resource>('multicast-stream')
  const [zone] = await box.resources<Resource>('zone')
  const plans = (await box.resources<Resource>('plan')).slice(0, 4)
  const buttons = await box.resources<Resource>('button')
  if (stream === undefined || zone === undefined) throw new Error('a fresh box has a stream and a zone')
  const made: WitnessPlan[] = []
  const ops: Operation[] = [
    put('multicast-stream', stream, { group: o.group, port: o.port }),
    put('zone', zone, { devices: stations.map(station => station.device) }),
  ]
  for (const [index, plan] of plans.entries()) {
    const message = toneSound(toneSequence(100 + index, TONES))
    const name = `Melody ${index + 1}`
    const wav = formatWav(message).toString('base64')
    const { message: id } = await box.ask<{ message: string }>('messages/upload', { name, wav })
    const strobe = `strobe-${index + 1}`
    const steps = [
      { kind: 'page', params: { zone: zone.id, messages: [id], tone: 'none', repeats: o.repeats, gapSeconds: 0.4 } },
      { kind: 'strobe', params: { outputs: [strobe], blink: false } },
      { kind: 'relay', params: { outputs: [`relay-${index + 1}`] } },
      { kind: 'notify', params: { text: `${name}: {cause}`, screens: true } },
    ]
    // None may silence another: each alarm’s own message is to be heard.
    const value = { steps, escalation: [], allClear: [], escalationSeconds: 0, severity: 'critical', supersedes: false }
    ops.push(put('plan', plan, value))
    const inputs = buttons.filter(button => button.plan === plan.id).map(button => (button.inputs as string[])[0] ?? '')
    made.push({ id: plan.id, name: String(plan.name), message, strobe, inputs })
  }
  await box.change('the plant of the witness', ops)
  await armed(box)
  return { plans: made, stations, multicast: { group: o.group, port: o.port } }
}

function put(kind: string, resource: Resource, more: object): Operation {
  const { id, rev, ...value } = resource
  return { op: 'put', kind, id, rev, value: { ...value, ...more } }
}

/** Resolves when the change is in effect: messages ready, the board's reflexes those of the present plans. */
export async function armed(box: TestBox): Promise<void> {
  await until(
    'plans are armed',
    async () => {
      const console = await box.console()
      const { applying } = await console.ask<{ applying: object[] }>({ ask: 'problems' })
      const { alarms_armed } = await console.ask<{ alarms_armed: number }>({ ask: 'metrics' })
      return applying.length === 0 && alarms_armed === 1
    },
    { seconds: 20, everyMilliseconds: 50 },
  )
}

/** A phone that answers pages by itself and records all it hears. */
export async function listeningPhone(
  box: TestBox,
  station: Station,
  folder: string,
): Promise<{ phone: Softphone; file: string }> {
  const { number: user, secret: password } = station
  const phone = await Softphone.start({ user, password, registrar: `sip:${box.registrar}` })
  await phone.register()
  const file = join(folder, `${user}.wav`)
  await phone.record(file)
  return { phone, file }
}
