// A phone with lamp keys, byte for byte: it registers, watches numbers of the box, and acknowledges what it is told. Its
// calls are those of the softphone beside it.
import type { ExecutionContext } from 'ava'
import { header, status } from '../../native/pjsip-binding/test/message.ts'
import { Phone } from '../../native/pjsip-binding/test/phone.ts'
import { Watch } from '../../native/pjsip-binding/test/watch.ts'
import type { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'

export class LampPhone {
  readonly #phone: Phone
  readonly #lamps: Watch[] = []

  private constructor(phone: Phone) {
    this.#phone = phone
  }

  /** Registers a station; it is closed with the test. */
  static async start(t: ExecutionContext, box: TestBox, number: string): Promise<LampPhone> {
    const server = { host: box.host, port: box.sipPort }
    const phone = await Phone.open({ server, account: { user: number, secret: `secret-of-${number}` } })
    t.teardown(() => phone.close())
    await phone.register()
    return new LampPhone(phone)
  }

  /** Watches a number; resolves when it was told the first state. */
  async watch(name: string, target: string): Promise<Lamp> {
    const lamp = this.asks(name, target)
    await lamp.until('its first state', () => lamp.notifies.length > 0 && lamp.answered !== undefined)
    return lamp
  }

  /** Asks to watch, also for nothing: `seconds` 0 is told once. */
  asks(name: string, target: string, o: { seconds?: number; headers?: readonly string[] } = {}): Lamp {
    const watch = new Watch(this.#phone, { package: name, target, ...(o.headers && { headers: o.headers }) })
    this.#lamps.push(watch)
    watch.subscribes(o.seconds)
    return new Lamp(watch, () => this.#goOn())
  }

  #goOn(): void {
    for (const lamp of this.#lamps) lamp.goesOn()
    for (const message of this.#phone.inbox.splice(0)) this.#lamps.some(lamp => lamp.takes(message))
  }
}

export class Lamp {
  readonly #watch: Watch
  readonly #goOn: () => void

  constructor(watch: Watch, goOn: () => void) {
    this.#watch = watch
    this.#goOn = goOn
  }

  /** The final answer to the latest SUBSCRIBE. */
  get answered(): number | undefined {
    const last = this.#watch.answers.at(-1)
    return last && status(last)
  }
  /** The latest NOTIFY. */
  header(name: string): string {
    const last = this.#watch.notified.at(-1)
    return last ? header(last, name) : ''
  }
  /** The latest text. */
  get text(): string {
    return this.#watch.told.at(-1) ?? ''
  }

  /** States in each text that it was told, one after another, each as often as it changed. */
  get story(): readonly string[] {
    const all = this.#watch.told.map(stateIn)
    return all.filter((state, at) => state !== all[at - 1])
  }

  /** Numbers of the texts, as the texts say and as the NOTIFYs do. */
  get numbers(): readonly number[] {
    return this.#watch.told.map(body => Number(/ version="(\d+)"/.exec(body)?.[1]))
  }
  get notifies(): readonly number[] {
    return this.#watch.numbers
  }

  /** What this phone writes into Replaces to take the call that rings. */
  get replaces(): string {
    const [, callId, local, remote] =
      / call-id="([^"]+)" local-tag="([^"]+)" remote-tag="([^"]+)"/.exec(this.text) ?? []
    return `${callId};to-tag=${local};from-tag=${remote};early-only`
  }

  async until(what: string, holds: () => boolean): Promise<void> {
    await until(`a lamp has ${what}`, () => {
      this.#goOn()
      return holds()
    }).catch(error => {
      throw new Error(`${(error as Error).message}; its story: ${this.story.join(', ')}; now ${this.text}`)
    })
  }

  async shows(state: string): Promise<void> {
    await this.until(state, () => stateIn(this.#watch.told.at(-1) ?? '') === state)
  }

  /** Refreshes; resolves when it was granted and told again. */
  async refresh(): Promise<void> {
    const [answers, told] = [this.#watch.answers.length, this.#watch.told.length]
    this.#watch.subscribes()
    await this.until('its refresh', () => this.#watch.answers.length > answers && this.#watch.told.length > told)
  }
}

const stateIn = (body: string): string => /<state>(\w+)<\/state>/.exec(body)?.[1] ?? 'nothing'
