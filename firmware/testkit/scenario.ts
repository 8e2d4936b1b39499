// A whole box on fakes, in the words of telephony: phones dial and answer, buttons are pressed, the clock moves, the box restarts.
import { features as product } from '../features/index.ts'
import { deviceKind } from '../features/phones/devices/feature.ts'
import { extensionKind } from '../features/phones/extensions/feature.ts'
import { lineKind, lines } from '../features/phones/lines/feature.ts'
import type { Call } from '../kernel/call/call.types.ts'
import type { SipPort, SwitchConfig } from '../kernel/call/sip-port.ts'
import type { Clock } from '../kernel/clock.ts'
import type { Courier } from '../kernel/courier.ts'
import { PbxError } from '../kernel/errors.ts'
import type { Facts, Feature, Grant, Log } from '../kernel/feature.ts'
import { type Host, startHost } from '../kernel/host.ts'
import type { Names } from '../kernel/names.ts'
import { type AnyFeature, inOrder } from '../kernel/order.ts'
import type { Pictures } from '../kernel/pictures.ts'
import type { Operation, Who } from '../kernel/store.ts'
import { createFakeBoard, type FakeBoard, type FakeBoardOptions } from './fake-board.ts'
import { FakeClock, type Span, settled } from './fake-clock.ts'
import { FakeCourier } from './fake-courier.ts'
import { FakeNames } from './fake-names.ts'
import { FakePictures } from './fake-pictures.ts'
import { FakeSip } from './fake-sip.ts'
import { memoryBlobs } from './memory-blobs.ts'
import { MemoryFolder } from './memory-folder.ts'
import { MemoryLive } from './memory-live.ts'
import { MemoryRecords } from './memory-records.ts'
import { MemoryStore } from './memory-store.ts'
import { type Life, mortal } from './mortal.ts'
import { spokenWav } from './spoken-wav.ts'
import { sweeping } from './sweeping.ts'
import type { VirtualPhone } from './virtual-phone.ts'

export interface ScenarioOptions {
  /** Numbers; each gets a device, a line, and a phone that is registered. */
  readonly extensions?: readonly string[]
  /** The features that run; by default all of the product. */
  readonly features?: readonly AnyFeature[]
  /** Features of the test beside those. */
  readonly plus?: readonly AnyFeature[]
  readonly board?: FakeBoardOptions
  /** What users and API keys may do, where no feature answers for it. */
  readonly grantsOf?: (who: Who) => readonly Grant[]
  /** The document before the first start. */
  readonly document?: (box: Pick<Box, 'store' | 'put' | 'configure'>) => Promise<void>
  /** Runs just before the host starts: to make a port fail from the first command on. */
  readonly prepare?: (box: Pick<Box, 'sip' | 'board' | 'clock'>) => void
}

/** A line of the log. */
export interface LogLine {
  readonly level: 'debug' | 'info' | 'warn' | 'error'
  readonly text: string
  readonly fields: object | undefined
}

/** What was told, as a test looks at it. */
export interface Told<N extends keyof Facts = keyof Facts> {
  readonly name: N
  readonly fact: Facts[N]
}

/** Starts a box on fakes; a test ends with `box.ends()`. */
export async function scenario(o: ScenarioOptions = {}): Promise<Box> {
  const box = new Box(o)
  await box.open()
  box.sweep?.opened(box)
  return box
}

export class Box {
  readonly clock = new FakeClock()
  readonly sip = new FakeSip(this.clock)
  readonly board: FakeBoard
  readonly store: MemoryStore
  readonly records = new MemoryRecords()
  readonly blobs = memoryBlobs()
  readonly names = new FakeNames()
  readonly courier = new FakeCourier()
  readonly pictures = new FakePictures()
  readonly #folders = new Map<string, MemoryFolder>()
  readonly logged: LogLine[] = []
  readonly told: Told[] = []
  readonly spoken: string[] = []
  /** What becomes of a text that is to be spoken. */
  speaker: 'works' | 'missing' | 'hangs' = 'works'
  live = new MemoryLive()
  /** Set while a sweep tells this box's story. */
  readonly sweep = sweeping.telling
  #life: Life = { dead: true }
  /** How often it started. */
  lives = 0
  /** Set while the box runs. */
  #host: Host | undefined
  readonly #features: readonly AnyFeature[]
  readonly #o: ScenarioOptions
  readonly #lines = new Map<string, string>()

  constructor(o: ScenarioOptions) {
    this.#o = o
    this.#features = inOrder([...(o.features ?? product), ...(o.plus ?? [])])
    this.board = createFakeBoard({ clock: this.clock, ...o.board })
    const kinds = this.#features.flatMap(feature => feature.resources ?? [])
    const settings = this.#features.flatMap(one => (one.settings ? [[one.name, one.settings] as const] : []))
    this.store = new MemoryStore({ kinds, settings: Object.fromEntries(settings), now: () => this.clock.now() })
  }

  get host(): Host {
    if (!this.#host) throw new Error('the box is off')
    return this.#host
  }

  async open(): Promise<void> {
    await this.records.migrate(this.#features.flatMap(feature => feature.records ?? []))
    for (const number of this.#o.extensions ?? []) await this.extension(number)
    await this.#o.document?.(this)
    this.#o.prepare?.(this)
    await this.#start()
    for (const number of this.#o.extensions ?? []) this.phone(number).registers()
    await settled()
  }

  async #start(): Promise<void> {
    const life: Life = { dead: false }
    this.#life = life
    this.lives += 1
    const { live, blobs, names, courier } = this
    const host = await startHost({
      features: this.#features,
      store: mortal(this.store, life, STORE_READS),
      live,
      records: mortal(this.records, life, ['db']),
      board: mortal(this.board, life, ['inputs', 'outputs', 'amplifierAddress']),
      sip: mortal<SipPort>(this.sip, life, ['dump', 'networks']),
      clock: mortal<Clock>(this.clock, life, ['now', 'since']),
      blobs,
      names: mortal<Names>(names, life),
      courier: mortal<Courier>(courier, life),
      pictures: mortal<Pictures>(this.pictures, life),
      log: this.#log(),
      files: feature => ({ data: `/data/${feature}`, run: `/run/${feature}` }),
      folder: feature => this.folder(feature),
      speech: async (text, language) => {
        await this.#speakerWorks()
        this.spoken.push(text)
        return blobs.put(spokenWav(text, language), '.wav')
      },
      switchConfig: () => this.#switchConfig(),
      observer: ({ name, fact }) => life.dead || void this.told.push({ name, fact } as Told),
      ...(this.#o.grantsOf && { grantsOf: this.#o.grantsOf }),
    })
    this.#host = host
    await settled()
  }

  /** As platform/system/speaking.ts refuses. */
  async #speakerWorks(): Promise<void> {
    if (this.speaker === 'works') return
    if (this.speaker === 'hangs') await this.clock.sleep(20_000)
    const why = this.speaker === 'hangs' ? 'espeak-ng hangs' : 'espeak-ng is not installed'
    const remedy = 'upload a recording instead, or install espeak-ng with a voice for this language'
    throw new PbxError('speech.no-voice', `the text could not be spoken: ${why}; ${remedy}`, { status: 500 })
  }

  #switchConfig(): SwitchConfig {
    const known = this.#features.some(feature => feature.name === lines.name)
    return {
      listen: [{ transport: 'udp', host: '127.0.0.1', port: 5060 }],
      rtp: { from: 20_000, to: 21_000 },
      realm: known ? this.store.settings<{ realm: string }>(lines.name).realm : 'plant-pbx',
      userAgent: 'plant-pbx',
      stateDirectory: '/run/switch',
      expires: { min: 60, max: 3600 },
    }
  }

  #log(): Log {
    const at = (level: LogLine['level']) => (text: string, fields?: object) => {
      this.logged.push({ level, text, fields })
    }
    return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
  }

  /** The durable directory of a feature. */
  folder(feature: string): MemoryFolder {
    const folder = this.#folders.get(feature) ?? new MemoryFolder(`/data/${feature}`)
    this.#folders.set(feature, folder)
    return folder
  }

  /** What a running feature offers to others. */
  use<A>(feature: Feature<never, A>): A {
    const running = this.host.running.get(feature.name)
    if (!running) throw new Error(`"${feature.name}" does not run: ${this.host.failed.get(feature.name)}`)
    return running.parts.api as A
  }

  // The document.

  /** Puts one resource, live; returns its id. */
  put(kind: string, value: object, id?: string): Promise<string> {
    return id === undefined ? this.store.put(kind, value) : this.store.put(kind, value, id)
  }

  async remove(kind: string, id: string): Promise<void> {
    await this.change({ op: 'delete', kind, id })
  }

  async configure(feature: string, value: object): Promise<void> {
    await this.store.configure(feature, value)
    await this.settles()
  }

  async change(...ops: Operation[]): Promise<void> {
    await this.store.change({ why: 'the test', author: { by: 'box', name: 'test' }, ops })
    await this.settles()
  }

  /** An extension with a device, a line and a phone (not registered yet); returns the extension's id. */
  async extension(number: string, o: { device?: object; name?: string } = {}): Promise<string> {
    const extension = await this.put(extensionKind.kind, { number, name: o.name ?? `Post ${number}` })
    const device = await this.put(deviceKind.kind, { name: `Phone ${number}`, ...o.device })
    const value = { authName: number, device, extension, secret: `secret-of-${number}` }
    const line = await this.put(lineKind.kind, value)
    this.#lines.set(number, line)
    this.sip.phone({ name: number, line })
    return extension
  }

  /** The id of a number's own line. */
  lineOf(number: string): string {
    const line = this.#lines.get(number)
    if (line === undefined) throw new Error(`the scenario has no extension ${number}`)
    return line
  }

  extensionOf(number: string): string {
    const owner = this.store.owner(number)
    if (owner?.kind !== extensionKind.kind) throw new Error(`nobody has the number ${number}`)
    return owner.id
  }

  deviceOf(number: string): string {
    const line = this.store.get(lineKind, this.lineOf(number))
    if (!line) throw new Error(`the line of ${number} is gone`)
    return line.device
  }

  // People and things.

  phone(number: string): VirtualPhone {
    const phone = this.sip.phones.get(number)
    if (!phone) throw new Error(`the scenario has no phone ${number}`)
    return phone
  }

  /** Someone who is no station of the box: a carrier's number, a stranger at a socket in the hall. */
  stranger(name: string): VirtualPhone {
    return this.sip.phones.get(name) ?? this.sip.phone({ name })
  }

  button(input: string): { isPressed(): Promise<void>; isHeld(): Promise<void>; isLetGo(): Promise<void> } {
    return {
      isPressed: () => {
        this.board.press(input)
        return this.settles()
      },
      isHeld: () => {
        this.board.hold(input)
        return this.settles()
      },
      isLetGo: () => {
        this.board.letGo(input)
        return this.settles()
      },
    }
  }

  /** Lets everything that can go on go on, while the clock stands still. */
  async settles(): Promise<void> {
    await settled()
    await this.sweep?.goesOn()
  }

  async passes(span: Span): Promise<void> {
    await this.sweep?.goesOn()
    await this.clock.advance(span)
    await this.sweep?.goesOn()
  }

  // The box.

  get calls(): readonly Call[] {
    return this.host.calls.live()
  }

  /** Every fact of this name that was told. */
  facts<N extends keyof Facts>(name: N): readonly Facts[N][] {
    return this.told.filter(one => one.name === name).map(one => one.fact as Facts[N])
  }

  /** The supervisor dies at once and starts again: the switch, the board and what is kept live go on. */
  async restarts(o: { lost?: 'process' | 'power' } = {}): Promise<void> {
    await this.sweep?.goesOn()
    if (!this.isDead) this.dies()
    await this.startsAgain(o)
  }

  /** After its death: what systemd does. */
  async startsAgain(o: { lost?: 'process' | 'power' } = {}): Promise<void> {
    if (o.lost === 'power') this.sip.lostPower()
    this.live = new MemoryLive({ after: this.live, lost: o.lost ?? 'process' })
    await this.#start()
  }

  /** The process is gone in the middle of whatever it did; the world goes on without it. */
  dies(): void {
    this.#life.dead = true
    this.#host = undefined
    this.sip.died()
    this.records.died()
  }

  /** Whether it was killed and did not start again yet. */
  get isDead(): boolean {
    return this.#life.dead
  }

  /** Everyone hangs up; afterwards nothing may be left. A sweep looks at the box first, and ends it itself. */
  async ends(): Promise<void> {
    if (this.sweep === undefined) await this.endsForGood()
  }

  async endsForGood(): Promise<void> {
    for (const call of this.calls) call.end('cancelled')
    for (const page of this.host.calls.pages()) page.stop()
    await this.clock.advance('10s')
    await this.host.stop()
    this.records.close()
    const { legs, players, mixes, pages } = this.sip.dump()
    const kept = this.live.collection('kernel.calls', { keep: 'restart' }).all().size
    if (legs.length + players + mixes + pages + kept === 0) return
    throw new Error(`the box ended and left something: ${JSON.stringify({ legs, players, mixes, pages, kept })}`)
  }
}

const STORE_READS = [
  'get',
  'all',
  'find',
  'owner',
  'uses',
  'settings',
  'history',
  'secret',
  'setAside',
  'overlaps',
  'newId',
] as const
