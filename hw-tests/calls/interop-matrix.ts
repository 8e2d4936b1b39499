// Phones of three makes and what each is to be spoken with: which codec, by which way, sealed or not. Told to `interop.test.ts`
// (every make meets every manner once in each direction) and to `interop.slow.ts` (each with each).
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { durationMs, type Sound, slice } from '../audio/sound.ts'
import {
  type HeardSequence,
  heardSequence,
  type ToneSequence,
  toneSequence,
  toneSound,
} from '../audio/tone-sequence.ts'
import { writeWav } from '../audio/wav.ts'
import type { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { Baresip } from '../phones/baresip.ts'
import { Linphone } from '../phones/linphone.ts'
import { Voice } from '../phones/voice.ts'

export const MAKES = ['baresip', 'linphone', 'softphone'] as const
export type Make = (typeof MAKES)[number]

/** How two phones speak with the box, and through it with one another. */
export interface Manner {
  readonly title: string
  readonly codec: 'PCMU' | 'G722' | 'opus'
  readonly transport: 'udp' | 'tcp' | 'tls'
  /** Speech is encrypted (SDES); the box takes nothing else. */
  readonly sealed?: true
  /** Address of the box and of both phones; default 127.0.0.1. */
  readonly host?: '::1'
}

export const MANNERS: readonly Manner[] = [
  { title: 'G.711 over UDP', codec: 'PCMU', transport: 'udp' },
  { title: 'G.722 over TCP, encrypted', codec: 'G722', transport: 'tcp', sealed: true },
  { title: 'Opus over TLS, encrypted', codec: 'opus', transport: 'tls', sealed: true },
  { title: 'G.711 over IPv6 and TCP', codec: 'PCMU', transport: 'tcp', host: '::1' },
]

/** What a melody is sung in, hertz: the sound files of phones are as their codec has it. */
const RATES = { PCMU: 8000, G722: 16_000, opus: 48_000 } as const
/** Two turns of a melody hold a whole one, and the first packets find nobody listening. */
const ENOUGH_MS = 4500
const BEGINNING_MS = 1000
/** Phones, box and whatever else runs share a machine. */
const MOST_GAP_MS = 250
const LISTENINGS = 3

/** One end of a call, whatever its make. */
interface Party {
  readonly number: string
  readonly melody: ToneSequence
  dial(number: string): Promise<void>
  /** Answers, where it does not by itself, and resolves when the two talk. */
  talking(): Promise<void>
  /** Resolves when it has heard enough to judge of the other's melody. */
  listens(other: ToneSequence): Promise<void>
  hangUp(): Promise<void>
  /** After the call, or in it where it can: what it heard of the other's melody. */
  heard(melody: ToneSequence): Promise<HeardSequence>
}

interface Wanted {
  readonly box: TestBox
  readonly make: Make
  readonly number: string
  readonly manner: Manner
  /** Answers by itself. */
  readonly answers: boolean
}

/** Numbers with lines that are as sealed as the manner says. */
export async function linesFor(box: TestBox, numbers: readonly string[], { sealed }: Manner): Promise<void> {
  const stations = await box.stations(numbers)
  if (!sealed) return
  for (const { number, line: id, device, extension, secret } of stations) {
    const value = { authName: number, device, index: 1, extension, encryption: 'required' }
    await box.change('lines of the test', [{ op: 'put', kind: 'line', id, value, secrets: { secret } }])
  }
}

interface Pair {
  readonly a: Party
  readonly b: Party
  readonly sealed: boolean
  readonly what: string
}

/** A call from one to the other: it is talked, both hear the other's melody, and the caller ends it. */
async function speak(t: ExecutionContext, box: TestBox, { a, b, sealed, what }: Pair): Promise<void> {
  for (let listening = 1; ; listening += 1) {
    await a.dial(b.number)
    await Promise.all([a.talking(), b.talking()])
    await Promise.all([a.listens(b.melody), b.listens(a.melody)])
    t.deepEqual(await sealsOf(box, [a.number, b.number]), [sealed, sealed], what)
    await a.hangUp()
    const faults = [...faultsOf(a, await a.heard(b.melody)), ...faultsOf(b, await b.heard(a.melody))]
    if (faults.length === 0 || listening === LISTENINGS) {
      t.deepEqual(faults, [], what)
      return
    }
    // The machine may be away for a moment: the same two are asked once more.
    t.log(`${what}, listening ${listening}: ${faults.join(', ')}`)
  }
}

/** Starts the phones of all pairs, each with numbers of its own. */
export async function gather(
  t: ExecutionContext,
  box: TestBox,
  o: { readonly manner: Manner; readonly pairs: readonly (readonly [Make, Make])[]; readonly first: number },
): Promise<readonly Pair[]> {
  const numbers = o.pairs.map((_, at) => [`${o.first + 2 * at}`, `${o.first + 2 * at + 1}`] as const)
  await linesFor(box, numbers.flat(), o.manner)
  const { manner } = o
  return Promise.all(
    o.pairs.map(async ([from, to], at): Promise<Pair> => {
      const [first = '', second = ''] = numbers[at] ?? []
      const [a, b] = await Promise.all([
        party(t, { box, make: from, number: first, manner, answers: false }),
        party(t, { box, make: to, number: second, manner, answers: true }),
      ])
      return { a, b, sealed: manner.sealed === true, what: `${from} to ${to}, ${manner.title}` }
    }),
  )
}

/** Every pair beside one another; nothing is left afterwards. */
export async function speakAll(t: ExecutionContext, box: TestBox, pairs: readonly Pair[]): Promise<void> {
  await Promise.all(pairs.map(pair => speak(t, box, pair)))
  await engineIsEmpty(box)
}

function faultsOf({ number }: Party, { times, longestGapMs, tones }: HeardSequence): readonly string[] {
  return [
    ...(times < 1 ? [`${number} heard ${tones.length} tones, the melody not once whole`] : []),
    ...(longestGapMs > MOST_GAP_MS ? [`${number}: a gap of ${longestGapMs} ms`] : []),
  ]
}

interface LiveCalls {
  readonly calls: readonly { readonly legs: readonly { readonly number: string; readonly encryption?: string }[] }[]
}
async function sealsOf(box: TestBox, numbers: readonly string[]): Promise<readonly boolean[]> {
  const { calls } = await box.ask<LiveCalls>('calls/live')
  const legs = calls.flatMap(call => call.legs)
  return numbers.map(number => legs.find(leg => leg.number === number)?.encryption !== undefined)
}

async function party(t: ExecutionContext, wanted: Wanted): Promise<Party> {
  const melody = toneSequence(Number(wanted.number))
  if (wanted.make === 'softphone') return softphone(t, wanted)
  const folder = await mkdtemp(join(tmpdir(), 'interop-'))
  t.teardown(() => rm(folder, { recursive: true, force: true }))
  const says = join(folder, 'says.wav')
  await writeWav(says, toneSound(melody, RATES[wanted.manner.codec]))
  return wanted.make === 'baresip' ? baresip(t, wanted, { melody, says }) : linphone(t, wanted, { melody, says })
}

/** Where a phone registers, by its way. */
const wayTo = (box: TestBox, { transport }: Manner) =>
  transport === 'tls' ? box.encrypted : { transport, registrar: box.registrar }

const accountOf = ({ box, number, manner }: Wanted) => ({
  user: number,
  password: `secret-of-${number}`,
  host: box.host,
  codecs: [manner.codec],
  ...wayTo(box, manner),
})

interface Voiced {
  readonly melody: ToneSequence
  readonly says: string
}

async function baresip(t: ExecutionContext, wanted: Wanted, { melody, says }: Voiced): Promise<Party> {
  const account = accountOf(wanted)
  const phone = await Baresip.start({
    ...account,
    says,
    answers: wanted.answers ? 'auto' : 'manual',
    ...(wanted.manner.sealed && { encryption: 'srtp-mand' }),
  })
  t.teardown(() => phone.stop())
  await phone.whenRegistered()
  return {
    number: wanted.number,
    melody,
    dial: number => phone.dial(`sip:${number}@${account.registrar};transport=${account.transport}`),
    talking: async () => void (await phone.next('CALL_ESTABLISHED')),
    listens: async () => void (await phone.heardAtLeast(ENOUGH_MS)),
    hangUp: () => phone.hangup(),
    async heard(other) {
      await phone.next('CALL_CLOSED')
      return judged(await phone.heard(), other)
    },
  }
}

async function linphone(t: ExecutionContext, wanted: Wanted, { melody, says }: Voiced): Promise<Party> {
  const account = accountOf(wanted)
  const phone = await Linphone.start({
    ...account,
    says,
    answers: wanted.answers ? 'auto' : 'manual',
    ...(wanted.manner.sealed && { srtp: true }),
  })
  t.teardown(() => phone.stop())
  await phone.whenRegistered()
  return {
    number: wanted.number,
    melody,
    dial: async number => phone.dial(`sip:${number}@${account.registrar};transport=${account.transport}`),
    talking: () => phone.whenTalking(),
    listens: () => phone.heardAtLeast(ENOUGH_MS),
    hangUp: async () => phone.hangup(),
    async heard(other) {
      await phone.whenEnded()
      return judged(await phone.heard(), other)
    },
  }
}

/** A recording begins with what buffers held and with the other's first packets, before his melody runs evenly. */
const judged = (sound: Sound, melody: ToneSequence): HeardSequence =>
  heardSequence(slice(sound, BEGINNING_MS, durationMs(sound)), melody)

async function softphone(t: ExecutionContext, wanted: Wanted): Promise<Party> {
  const { registrar, transport, ...account } = accountOf(wanted)
  const voice = await Voice.start(t, Number(wanted.number), {
    ...account,
    transport,
    registrar: `sip:${registrar}${transport === 'udp' ? '' : `;transport=${transport}`}`,
    srtp: wanted.manner.sealed ? 'mandatory' : 'off',
  })
  await voice.phone.register()
  let found: HeardSequence | undefined
  return {
    number: wanted.number,
    melody: voice.melody,
    dial: async number => void (await voice.phone.call(number)),
    async talking() {
      if (wanted.answers) await (await voice.phone.nextCall()).answer()
      else await voice.phone.current.whenAnswered()
      await voice.phone.current.next('media', { where: ({ status }) => status === 'active' })
    },
    async listens(other) {
      found = await voice.hears(other)
    },
    hangUp: () => voice.phone.hangup(),
    async heard() {
      await until(`${wanted.number} has no call`, () => voice.phone.calls.size === 0)
      if (found === undefined) throw new Error(`${wanted.number} has not listened`)
      return found
    },
  }
}
