// The switch of the box: PJSIP, the registrar and the media plane behind the port that the kernel commands.
import { lstatSync, mkdirSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import type {
  Binding,
  EmergencySetup,
  Encryption,
  GroupEar,
  InviteOptions,
  LegId,
  LineCredential,
  Media,
  Network,
  Overhearing,
  PageListener,
  PageOptions,
  Peer,
  Playlist,
  RecordedSide,
  RestoredLeg,
  SipEvent,
  SipHeader,
  SipPort,
  SoundId,
  Subscription,
  SubscriptionEnd,
  SwitchConfig,
  SwitchDump,
  Tone,
} from '../../../firmware/kernel/call/sip-port.ts'
import type { Cause } from '../../../firmware/kernel/errors.ts'
import { PbxError, sipStatusOf } from '../../../firmware/kernel/errors.ts'
import { loadAddon, type SwitchAddon } from './addon.ts'
import { causeOfStatus } from './causes.ts'
import { isGroup, openGroupEar, wayTo } from './group-ear.ts'
import { diversionHeaders, referral, toldIn } from './identity.ts'

export interface SwitchTimers {
  readonly t1?: number
  readonly t2?: number
  readonly t4?: number
  readonly td?: number
  readonly session?: number
  readonly sessionLeast?: number
  /** Milliseconds that a call waits for a phone whose connection broke. */
  readonly flow?: number
  /** Milliseconds that a call may be up without the keys of its media's handshake (DTLS). */
  readonly keys?: number
  /** Milliseconds that a handshake may take, and a connection may stay on which nobody signs in. */
  readonly handshake?: number
  readonly stranger?: number
  /** Milliseconds after which a silent connection is pinged. */
  readonly silence?: number
  /** Of connections that the box opened: milliseconds of silence until a ping, and for an answer to it. */
  readonly ping?: number
  readonly pong?: number
}

export interface SwitchOptions {
  /**
   * SIP transaction timers in milliseconds (RFC 3261 appendix A); `td` also bounds B, F, H and J. `session` and
   * `sessionLeast` are the session interval and the shortest that is taken, in seconds (RFC 4028). Tests lower them.
   */
  readonly timers?: SwitchTimers
}

/** The switch of this process; PJSIP allows one. */
export function createSwitch(options: SwitchOptions = {}): SipPort {
  return new Switch(loadAddon(), options)
}

/** What comes from the addon: port events, some still without their cause, and answers to start and stop. */
type NativeEvent =
  | SipEvent
  | { readonly type: '$started'; readonly restored: readonly RestoredLeg[]; readonly error?: undefined }
  | { readonly type: '$started'; readonly error: string; readonly message: string; readonly address: string }
  | { readonly type: '$stopped'; readonly poolsLeft: number }

interface Waiting<T> {
  readonly resolve: (value: T) => void
  readonly reject: (error: Error) => void
}

type State = 'idle' | 'starting' | 'running' | 'stopping'

class Switch implements SipPort {
  readonly #addon: SwitchAddon
  readonly #options: SwitchOptions
  readonly #observers: ((events: readonly SipEvent[]) => void)[] = []
  readonly #loads = new Set<Promise<unknown>>()
  #state: State = 'idle'
  #onlyHost: string | undefined
  /** What was set for good, by command: said again at every start, so that the first INVITE finds it. */
  readonly #standing = new Map<string, () => void>()
  readonly #whenRunning: (() => void)[] = []
  #observing = false
  #starting: Waiting<{ restored: readonly RestoredLeg[] }> | undefined
  /** Calls for help that were not answered yet when the process before this one died. */
  readonly #revived = new Map<LegId, Extract<SipEvent, { type: 'invite' }>>()
  #stopping: Waiting<void> | undefined
  #failed = false

  constructor(addon: SwitchAddon, options: SwitchOptions) {
    this.#addon = addon
    this.#options = options
  }

  start(config: SwitchConfig): Promise<{ restored: readonly RestoredLeg[] }> {
    if (this.#state !== 'idle') throw new PbxError('switch.already-started', 'the switch runs already', { status: 409 })
    if (!this.#observing) this.#addon.observe(batch => this.#deliver(batch))
    this.#observing = true
    mkdirSync(config.stateDirectory, { recursive: true })
    clearWay(config.stateDirectory)
    const hosts = new Set(config.listen.map(socket => socket.host))
    const [only] = hosts
    this.#onlyHost = hosts.size === 1 && only !== '0.0.0.0' && only !== '::' ? only : undefined
    return new Promise((resolve, reject) => {
      this.#addon.start({ ...config, timers: this.#options.timers })
      this.#state = 'starting'
      this.#starting = { resolve, reject }
      for (const order of this.#standing.values()) order()
    })
  }

  async stop(o: { keep?: boolean } = {}): Promise<void> {
    if (this.#state === 'idle') return
    if (this.#state !== 'running')
      throw new PbxError('switch.busy', 'the switch is starting or stopping', { status: 409 })
    this.#state = 'stopping'
    await Promise.allSettled(this.#loads)
    await new Promise<void>((resolve, reject) => {
      this.#stopping = { resolve, reject }
      this.#addon.stop(o.keep === true)
    })
  }

  on(observer: (events: readonly SipEvent[]) => void): void {
    this.#observers.push(observer)
  }

  #deliver(batch: string): void {
    const events: SipEvent[] = []
    let started: (NativeEvent & { type: '$started' }) | undefined
    let stopped = false
    for (const event of JSON.parse(batch) as NativeEvent[]) {
      if (event.type === '$started') started = event
      else if (event.type === '$stopped') stopped = true
      else if (event.type === 'invite' && event.again === true) this.#revived.set(event.leg, withCaller(event))
      else events.push(event.type === 'invite' ? withCaller(event) : withCause(event))
    }
    if (stopped) this.#addon.join()
    if (stopped && this.#stopping && !this.#failed) events.push({ type: 'stopped' })
    // Who waits for the start learns of it before the first event of the new life.
    if (started) this.#settleStart(started)
    if (events.length > 0) for (const observer of this.#observers) observer(events)
    if (stopped) this.#settleStop()
  }

  #settleStart(event: NativeEvent & { type: '$started' }): void {
    const waiting = this.#starting
    if (event.error === undefined) {
      this.#state = 'running'
      this.#starting = undefined
      for (const go of this.#whenRunning.splice(0)) go()
      const restored = event.restored.map(leg => ({ ...leg, ...this.#invitedAgain(leg.leg) }))
      this.#revived.clear()
      waiting?.resolve({ restored })
      return
    }
    // The thread is still closing down: `#settleStop` rejects once it is gone.
    const fields = event.address === '' ? {} : { address: event.address }
    this.#starting = undefined
    this.#failed = true
    this.#stopping = {
      resolve: () => waiting?.reject(new PbxError(event.error, event.message, { status: 500, fields })),
      reject: () => {},
    }
  }

  #invitedAgain(leg: LegId): Pick<RestoredLeg, 'invite'> {
    const invite = this.#revived.get(leg)
    return invite ? { invite } : {}
  }

  #settleStop(): void {
    const waiting = this.#stopping
    this.#stopping = undefined
    this.#failed = false
    this.#state = 'idle'
    waiting?.resolve()
  }

  #running(): SwitchAddon {
    if (this.#state === 'idle' || this.#state === 'starting')
      throw new PbxError('switch.not-running', 'the switch is not running', { status: 503 })
    return this.#addon
  }

  /** Holds from now on, and through every start to come. */
  #stand(what: string, order: () => void): void {
    this.#standing.set(what, order)
    if (this.#state === 'running') order()
  }

  setLines(lines: readonly LineCredential[]): void {
    this.#stand('lines', () => this.#addon.setLines(lines))
  }
  setBindings(bindings: readonly Binding[]): void {
    // Only those known before the start are handed back: afterwards the switch knows better.
    if (this.#state === 'running') this.#addon.setBindings(bindings)
    else
      this.#standing.set('bindings', () => {
        this.#standing.delete('bindings')
        this.#addon.setBindings(bindings)
      })
  }
  dropBinding(line: string, contact: string): void {
    if (this.#state === 'running') this.#addon.dropBinding(line, contact)
    else this.#standing.set(`drop ${line} ${contact}`, () => this.#dropLate(line, contact))
  }
  #dropLate(line: string, contact: string): void {
    this.#standing.delete(`drop ${line} ${contact}`)
    this.#addon.dropBinding(line, contact)
  }
  setEmergency(o: EmergencySetup): void {
    this.#stand('emergency', () => this.#addon.setEmergency(o))
  }
  setTrunks(o: Parameters<SipPort['setTrunks']>[0]): void {
    this.#stand('trunks', () => this.#addon.setTrunks(o))
  }
  setEncryption(o: Encryption): void {
    const order = () => {
      try {
        this.#addon.setEncryption(o)
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new PbxError('switch.bad-certificate', `TLS cannot use this certificate: ${why}`, { status: 400, cause })
      }
    }
    // Looked at at once, also before the start: a wrong one never takes the place of a right one.
    order()
    this.#standing.set('encryption', order)
  }
  keepConnections(peers: readonly Peer[]): void {
    const order = () => {
      try {
        this.#addon.keepConnections(peers)
      } catch (cause) {
        const why = cause instanceof Error ? cause.message : String(cause)
        throw new PbxError('switch.bad-authority', `TLS cannot be spoken like this: ${why}`, { status: 400, cause })
      }
    }
    order()
    this.#standing.set('connections', order)
  }
  qualifyEvery(seconds: number): void {
    this.#stand('qualify', () => this.#addon.qualifyEvery(seconds))
  }

  invite(o: InviteOptions): void {
    const { diversions, referredBy, ...options } = o
    const told = diversions ? diversionHeaders(diversions.by, { as: diversions.as, number: o.to }) : []
    this.#running().invite({ ...options, headers: [...(o.headers ?? []), ...told, ...referral(referredBy)] })
  }
  ring(leg: LegId, o: { readonly status: 180 | 183; readonly media?: Media }): void {
    this.#running().ring(leg, o)
  }
  answer(leg: LegId, media: Media, headers: readonly SipHeader[] = []): void {
    this.#running().answer(leg, media, { headers })
  }
  hangup(
    leg: LegId,
    cause: Cause,
    o: { readonly status?: number; readonly headers?: readonly SipHeader[] } = {},
  ): void {
    const own = sipStatusOf(cause)
    // Causes of an answered call carry 200; a leg that still rings is refused with 480 then.
    const status = o.status ?? (own < 300 ? 480 : own)
    this.#running().hangup(leg, cause, { status, headers: o.headers ?? [] })
  }
  bridge(a: LegId, b: LegId): void {
    this.#running().bridge(a, b)
  }
  unbridge(leg: LegId): void {
    this.#running().unbridge(leg)
  }
  mix(
    mix: string,
    members: readonly { readonly leg: LegId; readonly speaks: boolean; readonly hears: boolean }[],
  ): void {
    this.#running().mix(mix, members)
  }
  unmix(mix: string): void {
    this.#running().unmix(mix)
  }
  overhear(ear: LegId, on: LegId, manner: Overhearing): void {
    this.#running().overhear(ear, on, manner)
  }
  endOverhear(ear: LegId): void {
    this.#running().endOverhear(ear)
  }
  respond(request: string, status: number, o: { readonly body?: string; readonly contentType?: string } = {}): void {
    this.#running().respond(request, status, o)
  }
  sendInfo(leg: LegId, contentType: string, body: string): void {
    this.#running().sendInfo(leg, contentType, body)
  }
  outOfDialog(o: Parameters<SipPort['outOfDialog']>[0]): void {
    this.#running().outOfDialog(o)
  }

  setEventPackages(names: readonly string[]): void {
    this.#stand('event packages', () => this.#addon.setEventPackages(names))
  }
  setSubscriptions(subscriptions: readonly Subscription[]): void {
    if (this.#state === 'running') this.#addon.setSubscriptions(subscriptions)
    else
      this.#standing.set('subscriptions', () => {
        this.#standing.delete('subscriptions')
        this.#addon.setSubscriptions(subscriptions)
      })
  }
  notify(subscriptions: readonly string[], o: { readonly contentType: string; readonly body: string }): void {
    if (subscriptions.length) this.#running().notify(subscriptions, o)
  }
  endSubscription(
    subscription: string,
    o: { readonly reason: SubscriptionEnd; readonly status?: number; readonly retryAfter?: number },
  ): void {
    this.#running().endSubscription(subscription, { ...o, status: o.status ?? 403 })
  }

  async loadSound(sound: SoundId, file: string): Promise<{ readonly seconds: number }> {
    // Messages are made ready while the box starts: they wait here until there is a switch to hold them.
    if (this.#state !== 'running') await new Promise<void>(go => this.#whenRunning.push(go))
    const load = this.#running().loadSound(sound, file)
    this.#loads.add(load)
    try {
      return await load
    } catch (cause) {
      const why = cause instanceof Error ? cause.message : String(cause)
      throw new PbxError('switch.sound-unreadable', `${file}: ${why}`, { fields: { file: why }, cause })
    } finally {
      this.#loads.delete(load)
    }
  }
  dropSound(sound: SoundId): void {
    if (this.#state === 'running') this.#addon.dropSound(sound)
  }
  play(leg: LegId, play: string, list: Playlist): void {
    this.#running().play(leg, play, list)
  }
  stopPlay(leg: LegId, play: string): void {
    this.#running().stopPlay(leg, play)
  }
  tone(leg: LegId, play: string, tone: Tone): void {
    this.#running().tone(leg, play, { steps: tone.steps, from: tone.from ?? 0 })
  }
  sendDigits(leg: LegId, digits: string): void {
    this.#running().sendDigits(leg, digits)
  }
  record(leg: LegId, file: string, own?: RecordedSide): void {
    this.#running().record(leg, file, own ?? 'mixed')
  }
  stopRecord(leg: LegId): void {
    this.#running().stopRecord(leg)
  }

  page(o: PageOptions): void {
    this.#running().page({ ...o, listeners: o.listeners.map(listener => this.#leavingBy(listener)) })
  }
  joinPage(page: string, listener: PageListener): void {
    this.#running().joinPage(page, this.#leavingBy(listener))
  }
  /** A switch that was told to keep to one address sends its multicast there too, whatever the routes say. */
  #leavingBy(listener: PageListener): PageListener {
    const own = this.#onlyHost
    // Amplifiers of the box itself are on its loopback.
    if (listener.kind === 'leg' || listener.interface !== undefined || !isGroup(listener.host)) return listener
    return own === undefined ? listener : { ...listener, interface: own }
  }
  leavePage(page: string, listener: string): void {
    this.#running().leavePage(page, listener)
  }
  stopPage(page: string): void {
    this.#running().stopPage(page)
  }

  networks(): readonly Network[] {
    return this.#addon.networks()
  }
  async wayTo(group: string): Promise<string | undefined> {
    return this.#onlyHost ?? wayTo(group)
  }
  openGroupEar(): GroupEar {
    return openGroupEar(this.#addon)
  }

  dump(): SwitchDump {
    const text = this.#running().dump()
    if (text === null) throw new PbxError('switch.not-answering', 'the SIP thread does not answer', { status: 503 })
    return JSON.parse(text) as SwitchDump
  }
}

/** A leg that the far side ended carries a status; its cause is that status's word. */
function withCaller(invite: Extract<SipEvent, { type: 'invite' }>) {
  const told = toldIn(invite.headers)
  return told ? { ...invite, told } : invite
}

function withCause(event: SipEvent): SipEvent {
  if (event.type !== 'ended' || event.cause !== undefined) return event
  return { ...(event as SipEvent & { type: 'ended' }), cause: causeOfStatus((event as { status: number }).status) }
}

/** What stands where the records of a crash belong and is no file held no call: it goes, so that calls can be kept again. */
function clearWay(directory: string): void {
  for (const name of ['legs', 'legs.new', 'media']) {
    const standing = lstatSync(join(directory, name), { throwIfNoEntry: false })
    if (standing !== undefined && !standing.isFile()) rmSync(join(directory, name), { recursive: true })
  }
}
