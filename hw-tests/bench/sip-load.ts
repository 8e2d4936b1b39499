// Load by SIPp: phones that register with a digest, and authenticated calls from one half of them to the other.
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { freePort } from '../lab/free-port.ts'
import { Sipp, type SippCounts } from '../phones/sipp.ts'
import type { Target } from './rig.ts'
import { answerer, caller, registration } from './sip-scenarios.ts'

/** Callers are 1000 to 1499, whom they call 2000 to 2499. */
export const CALLERS = 1000
export const CALLED = 2000
export const EACH = 500

export interface CallLoad {
  readonly calls: number
  readonly perSecond: number
  readonly holdMilliseconds: number
  /** Callers and called take turns among so many; default all. */
  readonly among?: number
  /** The first of them, counted from 0. */
  readonly first?: number
  /** What callers do; default: they stay. */
  readonly scenario?: string
  /** Names the folder of what SIPp writes; default `callers`. */
  readonly name?: string
}

/** Where sound is spoken from, two ports a phone: above what the kernel gives to whoever asks for any port. */
const SOUND = { called: 62_000, callers: 64_000, silent: 65_100 }
/** Phones look after the box's OPTIONS in turn with calls: more places than calls, so that none is used twice at a time. */
const PLACES = 1000
/** Longer than any bench; who started it ends it. */
const A_DAY = 86_400
/** How often phones ask before the bench gives up. */
const TRIES = 4
const BUFFERS = ['-buff_size', '4194304', '-max_socket', '4096']

const login = (target: Target, number: string): string =>
  `[authentication username=${number} password=${target.secretOf(number)}]`

export interface Registering {
  readonly from: number
  readonly count: number
  readonly perSecond: number
  /** Where they are reached. */
  readonly contactPort: number
  /** Numbers take turns among so many; default all. */
  readonly among?: number
}

/** Registers `count` times, numbers in turn from `from`. */
export async function registers(target: Target, o: Registering): Promise<SippCounts> {
  return await (await registering(target, o)).whenDone()
}

/** As `registers`, for whoever ends it early. */
export async function registering(target: Target, o: Registering): Promise<Sipp> {
  const rows = Array.from({ length: Math.min(o.count, o.among ?? EACH) }, (_, i) => {
    const number = String(o.from + i)
    return [number, login(target, number), String(o.contactPort)]
  })
  return await Sipp.start({
    scenario: registration,
    to: target.registrar,
    calls: o.count,
    callsPerSecond: o.perSecond,
    concurrent: 3000,
    rows,
    timeoutSeconds: Math.ceil(o.count / o.perSecond + 60),
    more: BUFFERS,
  })
}

/** Phones that answer every call at once, registered; `hold` ends with `stop`. */
export async function answerers(target: Target, o: Answering & Traces): Promise<Answerers> {
  const folder = join(target.folder, o.name ?? 'called')
  await mkdir(folder, { recursive: true })
  const port = await freePort()
  const media = o.silent
    ? [[String(SOUND.silent)]]
    : Array.from({ length: PLACES }, (_, i) => [String(SOUND.called + 2 * i)])
  const sipp = await Sipp.start({
    scenario: o.scenario ?? answerer,
    to: target.registrar,
    port,
    calls: 10_000_000,
    rows: media,
    timeoutSeconds: A_DAY,
    folder,
    more: [...BUFFERS, ...traces(o)],
  })
  try {
    await registersAll(target, { from: CALLED + (o.first ?? 0), count: o.numbers, contactPort: port })
  } catch (error) {
    await sipp.stop()
    throw error
  }
  return { folder, port, stop: () => sipp.stop() }
}

export interface Answering {
  /** Phones that register. */
  readonly numbers: number
  /** The first of them, counted from 0. */
  readonly first?: number
  /** What they do with a call. */
  readonly scenario?: string
  /** Names the folder of what SIPp writes; default `called`. */
  readonly name?: string
  /** Nobody speaks with them: their sound goes to a port where nobody listens. */
  readonly silent?: true
}

/** A phone that is refused because the box is behind asks again, as phones do; SIPp does not by itself. */
async function registersAll(target: Target, o: { from: number; count: number; contactPort: number }): Promise<void> {
  let failed = o.count
  for (let tries = 0; failed > 0 && tries < TRIES; tries++)
    failed = (await registers(target, { ...o, perSecond: tries === 0 ? 200 : 100 })).failed
  if (failed > 0) throw new Error(`${failed} of ${o.count} phones could not register`)
}

export interface Answerers {
  readonly folder: string
  /** Where the phones are reached. */
  readonly port: number
  stop(): Promise<void>
}

export interface PlacedCalls {
  readonly folder: string
  /** Counts of all calls; rejects when SIPp could not run. */
  readonly counts: Promise<SippCounts>
  stop(): Promise<void>
}

/** Places calls at a steady rate. */
export async function places(target: Target, load: CallLoad & Traces): Promise<PlacedCalls> {
  const folder = join(target.folder, load.name ?? 'callers')
  await mkdir(folder, { recursive: true })
  const first = load.first ?? 0
  const rows = Array.from({ length: load.among ?? EACH - first }, (_, i) => [
    String(CALLERS + first + i),
    login(target, String(CALLERS + first + i)),
    String(CALLED + first + i),
    String(SOUND.callers + 2 * (first + i)),
  ])
  const sipp = await Sipp.start({
    scenario: load.scenario ?? caller,
    to: target.registrar,
    calls: load.calls,
    callsPerSecond: load.perSecond,
    concurrent: 4000,
    rows,
    folder,
    timeoutSeconds: Math.ceil(load.calls / load.perSecond + load.holdMilliseconds / 1000 + 40),
    more: [...BUFFERS, ...traces(load), '-d', String(load.holdMilliseconds), '-recv_timeout', '20000'],
  })
  return { folder, counts: sipp.whenDone(), stop: () => sipp.stop() }
}

/** What SIPp writes beside its counts. */
export interface Traces {
  /** A line per message, for `tracedMessages`. */
  readonly traced?: true
  /** A line per answered call with its media ports, for `notedStreams`. */
  readonly noted?: true
}

const traces = (o: Traces): readonly string[] => [
  ...(o.traced ? ['-trace_shortmsg', '-shortmessage_file', 'messages.csv'] : []),
  ...(o.noted ? ['-trace_logs', '-log_file', 'media.log'] : []),
]

/** A traced message: when SIPp took or gave it, in milliseconds, and its first line. */
export interface Traced {
  readonly at: number
  readonly sent: boolean
  readonly cseq: string
  readonly line: string
}

/** What a side saw, in order. */
export async function tracedMessages(folder: string): Promise<readonly Traced[]> {
  const text = await readFile(join(folder, 'messages.csv'), 'utf8')
  return text.split('\n').flatMap(row => {
    const [, , stamp, direction, , cseq = '', line = ''] = row.split('\t')
    const seconds = Number(stamp)
    return Number.isNaN(seconds) ? [] : [{ at: seconds * 1000, sent: direction === 'S', cseq, line }]
  })
}
