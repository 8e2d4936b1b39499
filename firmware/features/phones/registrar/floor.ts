// The floor of registered phones: who is there now, who does not answer, who tries the wrong secret.
import type { Binding, SipEvent } from '../../../kernel/call/sip-port.ts'
import type { Context, Problem } from '../../../kernel/feature.ts'
import { lines } from '../lines/feature.ts'
import { Bindings, isBinding } from './bindings.ts'
import type { RegistrarSettings } from './settings.ts'
import { words } from './words.en.ts'

/** What other features ask about registrations. All answers come from memory. */
export interface Registrar {
  /** Where a line is reached now; empty when its phone is not registered. */
  bindingsOf(line: string): readonly Binding[]
  /** Where a device is reached: by the first of its lines that is registered. */
  bindingsOfDevice(device: string): readonly Binding[]
  /** All that registered from this address: among them may be who calls for help from there without a password. */
  bindingsAt(host: string): readonly Binding[]
  /** Whether the phone answered when it was last asked; undefined: not asked yet. */
  reachable(line: string, contact: string): boolean | undefined
}

interface Reach {
  readonly reachable: boolean
  readonly roundTripMilliseconds?: number
}
interface Refusal {
  readonly authName: string
  readonly host: string
  readonly at: number
}

/** A refused registration is a problem for so long after the last try, milliseconds. */
const REFUSED_FOR = 15 * 60_000
/** So many absent phones are named one by one; more are counted. */
const NAMED_AT_MOST = 5

export class Floor implements Registrar {
  readonly #ctx: Context<RegistrarSettings>
  readonly #bindings: Bindings
  readonly #reach
  readonly #refusals

  constructor(ctx: Context<RegistrarSettings>) {
    this.#ctx = ctx
    this.#bindings = new Bindings(ctx.live.collection('bindings', { keep: 'power', accept: isBinding }))
    this.#reach = ctx.live.collection<Reach>('reach', { keep: 'process' })
    this.#refusals = ctx.live.collection<Refusal>('refusals', { keep: 'process' })
  }

  get count(): number {
    return this.#bindings.all().length
  }

  bindingsOf(line: string): readonly Binding[] {
    return this.#bindings.ofLine(line)
  }

  bindingsOfDevice(device: string): readonly Binding[] {
    const inOrder = [...this.#ctx.use(lines).ofDevice(device)].sort((a, b) => a.index - b.index)
    for (const { id } of inOrder) {
      const bindings = this.bindingsOf(id)
      if (bindings.length) return bindings
    }
    return []
  }

  bindingsAt(host: string): readonly Binding[] {
    return this.#bindings.at(host)
  }

  reachable(line: string, contact: string): boolean | undefined {
    return this.#reach.get(`${line} ${contact}`)?.reachable
  }

  /** After a start: the switch learns who was registered before, so that nobody is away until his phone refreshes. */
  handBack(): void {
    const { clock, sip } = this.#ctx
    this.dropStrangers()
    for (const { line, contact, expiresAt } of this.#bindings.all()) {
      // A clock that is not believed yet must not make every phone look expired.
      if (clock.trusted && expiresAt <= clock.now()) this.#bindings.drop(line, contact)
    }
    sip.setBindings(this.#bindings.all())
    sip.qualifyEvery(this.#ctx.settings.qualifySeconds)
  }

  /** Registrations of lines that are no more. */
  dropStrangers(): void {
    const known = new Set(
      this.#ctx
        .use(lines)
        .inUse()
        .map(line => line.id),
    )
    for (const { line, contact } of this.#bindings.all()) {
      if (known.has(line)) continue
      this.#bindings.drop(line, contact)
      this.#ctx.sip.dropBinding(line, contact)
    }
  }

  observe(event: SipEvent): void {
    if (event.type === 'registered') this.#registered(event)
    if (event.type === 'unregistered') this.#unregistered(event)
    if (event.type === 'qualified') this.#qualified(event)
    if (event.type === 'auth-refused') this.#refused(event)
  }

  #registered({ binding, change }: Extract<SipEvent, { type: 'registered' }>): void {
    this.#bindings.put(binding)
    if (change !== 'refreshed') this.#ctx.emit('phone.registered', { line: binding.line, binding, change })
  }

  #unregistered({ line, contact, why }: Extract<SipEvent, { type: 'unregistered' }>): void {
    this.#bindings.drop(line, contact)
    this.#reach.delete(`${line} ${contact}`)
    this.#ctx.emit('phone.unregistered', { line, contact, why })
  }

  #qualified(event: Extract<SipEvent, { type: 'qualified' }>): void {
    const { line, contact, reachable, roundTripMilliseconds } = event
    const before = this.reachable(line, contact)
    const roundTrip = roundTripMilliseconds === undefined ? {} : { roundTripMilliseconds }
    this.#reach.set(`${line} ${contact}`, { reachable, ...roundTrip })
    if (before !== reachable) this.#ctx.emit('phone.reachability-changed', { line, contact, reachable })
  }

  #refused({ authName, source, throttled }: Extract<SipEvent, { type: 'auth-refused' }>): void {
    const { host } = source
    this.#refusals.set(host, { authName, host, at: this.#ctx.clock.since() })
    this.#ctx.emit('phone.refused', { authName, host, throttled })
  }

  problems(): readonly Problem[] {
    return [...this.#absent(), ...this.#silent(), ...this.#tried()]
  }

  #absent(): readonly Problem[] {
    const absent = this.#ctx
      .use(lines)
      .inUse()
      .filter(line => !this.bindingsOf(line.id).length)
    const remedy = words['registrar.absent.remedy']
    if (absent.length > NAMED_AT_MOST) {
      const text = words['registrar.absent.many'].replace('{count}', String(absent.length))
      return [{ code: 'registrar.absent', severity: 'warning', text, remedy, link: '/line' }]
    }
    return absent.map(({ id, authName, device }) => ({
      code: `registrar.absent:${id}`,
      severity: 'warning',
      text: words['registrar.absent'].replace('{line}', authName),
      remedy,
      link: `/device/${device}`,
    }))
  }

  #silent(): readonly Problem[] {
    return this.#ctx
      .use(lines)
      .inUse()
      .filter(({ id }) => this.bindingsOf(id).some(({ contact }) => this.reachable(id, contact) === false))
      .map(({ id, authName, device }) => ({
        code: `registrar.silent:${id}`,
        severity: 'warning',
        text: words['registrar.silent'].replace('{line}', authName),
        remedy: words['registrar.silent.remedy'],
        link: `/device/${device}`,
      }))
  }

  #tried(): readonly Problem[] {
    const since = this.#ctx.clock.since() - REFUSED_FOR
    const recent = [...this.#refusals.all().values()].filter(refusal => refusal.at > since)
    return recent.slice(0, NAMED_AT_MOST).map(({ authName, host }) => ({
      code: `registrar.refused:${host}`,
      severity: 'warning',
      text: words['registrar.refused'].replace('{host}', host).replace('{name}', authName),
      remedy: words['registrar.refused.remedy'],
    }))
  }
}
