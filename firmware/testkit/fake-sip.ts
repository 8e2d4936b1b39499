// The switch as scenarios have it: virtual phones instead of a network, every command recorded, any of them made to fail.

import { causeOfStatus } from '../../native/pjsip-binding/lib/causes.ts'
import type {
  Binding,
  EmergencySetup,
  InviteOptions,
  LegId,
  LineCredential,
  Media,
  PageListener,
  PageOptions,
  Playlist,
  RecordedSide,
  Redirection,
  RestoredLeg,
  SipEvent,
  SipHeader,
  SipPort,
  SwitchConfig,
  SwitchDump,
} from '../kernel/call/sip-port.ts'
import { type Cause, sipStatusOf } from '../kernel/errors.ts'
import { type FakeEar, heardBy, leaveMixes, leaveOverheard, overhear, setMix } from './fake-audio.ts'
import { type Dialling, inviteOf, refusedMedia } from './fake-callers.ts'
import type { FakeClock } from './fake-clock.ts'
import { dumpOf } from './fake-dump.ts'
import { NetworkCommands } from './fake-networks.ts'
import { FakePages } from './fake-pages.ts'
import { called, checkOutOfDialog, NOWHERE, phoneAt, REFUSALS, replyOf, saysWhere, waitsFor } from './fake-reach.ts'
import { FakeRequests } from './fake-requests.ts'
import { FakeWatchers } from './fake-watchers.ts'
import { unheard } from './leg-quality.ts'
import { type PhoneLeg, VirtualPhone } from './virtual-phone.ts'

/** A leg as the switch has it. */
export interface SwitchLeg {
  readonly leg: LegId
  readonly direction: 'in' | 'out'
  readonly phone: VirtualPhone
  readonly view: PhoneLeg
  /** Of a caller: how it came in. */
  readonly invite?: Extract<SipEvent, { type: 'invite' }>
  /** Of a phone that is called: the caller whose description it was sent. */
  readonly for?: LegId
  state: 'early' | 'established'
  bridgedWith?: LegId
  held: boolean
  readonly plays: Map<string, { list: Playlist | undefined; forget: () => void }>
  readonly files: Map<string, number>
}

export class FakeSip extends NetworkCommands implements SipPort {
  readonly clock: FakeClock
  readonly events: SipEvent[] = []
  readonly legs = new Map<LegId, SwitchLeg>()
  readonly phones = new Map<string, VirtualPhone>()
  readonly lines = new Map<string, LineCredential>()
  readonly bindings = new Map<string, Binding>()
  readonly sounds = new Map<string, number>()
  readonly ears = new Map<LegId, FakeEar>()
  readonly mixes = new Map<string, readonly { leg: LegId; speaks: boolean; hears: boolean }[]>()
  readonly pages: FakePages
  readonly requests = new FakeRequests()
  readonly watchers: FakeWatchers
  /** In sweeps a phone that cannot do what the story says does nothing. */
  lenient = false
  emergencyNumbers: readonly string[] = []
  emergencyNetworks: readonly string[] = []
  callBacks: readonly string[] = []
  qualifySeconds = 0
  config: SwitchConfig | undefined
  readonly #ended = new Set<LegId>()
  #observer: ((events: readonly SipEvent[]) => void) | undefined
  #waiting: SipEvent[] = []
  #legs = 0

  constructor(clock: FakeClock) {
    super()
    this.clock = clock
    this.pages = new FakePages(this)
    this.watchers = new FakeWatchers(this)
  }

  // How a test sets the stage.

  phone(o: { name: string; line?: string }): VirtualPhone {
    const host = `10.0.0.${10 + this.phones.size}`
    const phone = new VirtualPhone(this, { ...o, source: { family: 4, host, port: 5060, transport: 'udp' } })
    this.phones.set(o.name, phone)
    return phone
  }

  emit(event: SipEvent): void {
    this.events.push(event)
    this.#waiting.push(event)
    if (this.#waiting.length === 1) queueMicrotask(() => this.#deliver())
  }

  #deliver(): void {
    const batch = this.#waiting
    this.#waiting = []
    if (batch.length && this.mayGoOn()) this.#observer?.(batch)
  }

  // What phones do.

  dialled(phone: VirtualPhone, number: string, o: Dialling): PhoneLeg {
    const leg = `in-${++this.#legs}`
    const view = this.#view(phone, { leg, direction: 'calls', from: phone.name, headers: o.headers ?? [] })
    const refused = refusedMedia(this, phone, number)
    if (refused) return Object.assign(view, refused)
    const invite = inviteOf(this, phone, { ...o, leg, number })
    this.#add({ leg, direction: 'in', phone, view, invite })
    this.emit(invite)
    return view
  }

  farAnswered(leg: LegId): void {
    const it = this.legs.get(leg)
    if (!it) return
    it.state = 'established'
    it.view.state = 'talking'
    this.emit({ type: 'answered', leg })
  }

  farEnded(leg: LegId, status: number, redirections: readonly Redirection[] = []): void {
    const where = redirections.length > 0 && { redirections }
    this.#end(leg, { cause: causeOfStatus(status), status, by: 'far', ...where })
  }

  held(leg: LegId, held: boolean): void {
    const it = this.legs.get(leg)
    if (!it) return
    it.held = held
    this.emit({ type: 'hold-changed', leg, held })
  }

  registered(phone: VirtualPhone): void {
    const binding = phone.binding(this.clock.now())
    const change = this.bindings.has(binding.contact) ? 'refreshed' : 'new'
    this.bindings.set(binding.contact, binding)
    this.emit({ type: 'registered', binding, change })
  }

  unregistered(phone: VirtualPhone, why: 'asked' | 'expired' | 'unreachable'): void {
    const { contact, line } = phone.binding(this.clock.now())
    if (this.bindings.delete(contact)) this.emit({ type: 'unregistered', line, contact, why })
  }

  /** What a phone hears now: sounds by id, phones by name. */
  audible(phone: VirtualPhone): readonly string[] {
    return [...this.legs.values()].filter(one => one.phone === phone).flatMap(one => heardBy(this, one))
  }

  /** The supervisor died: what the switch's successor finds again. Dialogs and relays outlive it, players and pages do not. */
  died(): void {
    this.#observer = undefined
    this.peers = []
    this.watchers.died()
    this.#waiting = []
    this.mixes.clear()
    this.pages.clear()
    for (const it of this.legs.values()) {
      for (const { forget } of it.plays.values()) forget()
      it.plays.clear()
      it.files.clear()
    }
    const lost = [...this.legs.values()].filter(it => it.state === 'early' && !this.#ringsOn(it))
    // A caller whose call was not answered yet is told 503 by the successor, a ringing phone is cancelled.
    for (const it of lost) this.#end(it.leg, { cause: 'interrupted', status: 503, by: 'box' })
    this.#waiting = []
    this.recover()
  }

  /** Of calls for help, who waits and who is rung for him stay as they are. */
  #ringsOn(it: SwitchLeg): boolean {
    return [it, this.legs.get(it.for ?? '')].some(one => one?.state === 'early' && one.invite?.emergency === true)
  }

  /** The machine was off: every dialog is gone, and the phones have noticed. */
  lostPower(): void {
    for (const leg of [...this.legs.keys()]) this.#end(leg, { cause: 'unreachable', status: 408, by: 'timeout' })
    this.#waiting = []
    this.bindings.clear()
    this.watchers.lostPower()
  }

  // The port itself.

  async start(config: SwitchConfig): Promise<{ readonly restored: readonly RestoredLeg[] }> {
    this.config = config
    return { restored: this.restored() }
  }

  restored(): readonly RestoredLeg[] {
    return [...this.legs.values()].map(({ leg, direction, state, bridgedWith, held, invite }) => {
      const again = state === 'early' && invite && { invite: { ...invite, again: true as const } }
      return { leg, direction, state, held, ...again, ...(bridgedWith !== undefined && { bridgedWith }) }
    })
  }

  async stop(o: { keep?: boolean } = {}): Promise<void> {
    if (!o.keep) for (const leg of [...this.legs.keys()]) this.#end(leg, { cause: 'cancelled', status: 200, by: 'box' })
    this.emit({ type: 'stopped' })
  }

  on(observer: (events: readonly SipEvent[]) => void): void {
    this.#observer = observer
  }

  setLines(lines: readonly LineCredential[]): void {
    this.give('setLines', [lines], () => {
      this.lines.clear()
      for (const line of lines) this.lines.set(line.line, line)
    })
  }

  setBindings(bindings: readonly Binding[]): void {
    this.give('setBindings', [bindings], () => {
      for (const one of bindings) if (one.expiresAt > this.clock.now()) this.bindings.set(one.contact, one)
    })
  }

  dropBinding(line: string, contact: string): void {
    this.give('dropBinding', [line, contact], () => {
      if (this.bindings.delete(contact)) this.emit({ type: 'unregistered', line, contact, why: 'replaced' })
    })
  }

  setEmergency(o: EmergencySetup): void {
    this.give('setEmergency', [o], () => {
      this.emergencyNumbers = o.numbers
      this.emergencyNetworks = o.networks
      this.callBacks = o.callBacks ?? []
    })
  }

  qualifyEvery(seconds: number): void {
    this.give('qualifyEvery', [seconds], () => {
      this.qualifySeconds = seconds
    })
  }

  invite(o: InviteOptions): void {
    this.give('invite', [o], () => this.#invite(o))
  }

  #invite(o: InviteOptions): void {
    const phone = phoneAt(this.phones, o.target)
    if (!phone) {
      const nobody = new VirtualPhone(this, { name: o.to, source: NOWHERE })
      this.#add({ leg: o.leg, direction: 'out', phone: nobody, view: this.#view(nobody, called(o)) })
      const lost = saysWhere(o.target)
        ? ({ status: 408, by: 'timeout' } as const)
        : ({ status: 503, by: 'box' } as const)
      this.#end(o.leg, { cause: 'unreachable', ...lost })
      return
    }
    const caller = o.media.kind === 'relay' ? { for: o.media.with } : {}
    this.#add({ leg: o.leg, direction: 'out', phone, view: this.#view(phone, called(o)), ...caller })
    const pages = phone.answersPages && (o.headers ?? []).some(header => /answer-after=0|auto/i.test(header.value))
    const refusal = phone.manner === 'placeless' && o.location !== undefined ? 415 : REFUSALS[phone.manner]
    if (refusal !== undefined) this.farEnded(o.leg, refusal, phone.sendsTo)
    const given = waitsFor(phone, o.deadlines)
    if (given) this.clock.after(given, () => this.#end(o.leg, { cause: 'unreachable', status: 408, by: 'timeout' }))
    if (refusal !== undefined || phone.manner === 'silent' || phone.manner === 'dies') return
    this.emit({ type: 'progress', leg: o.leg, status: 180, media: false })
    if (phone.manner === 'answers' || pages) this.farAnswered(o.leg)
  }

  ring(leg: LegId, o: { readonly status: 180 | 183; readonly media?: Media }): void {
    if (o.status !== 180 && o.status !== 183) throw new TypeError('status must be 180 or 183')
    this.#leg('ring', [leg, o], it => {
      it.view.ringBack = true
      it.view.earlyMedia ||= o.media !== undefined
    })
  }

  answer(leg: LegId, media: Media, headers?: readonly SipHeader[]): void {
    this.#leg('answer', [leg, media, headers], it => {
      if (it.direction === 'out') throw new Error(`${leg} is not the box's to answer`)
      if (it.state === 'established') throw new Error(`${leg} is answered already`)
      it.state = 'established'
      it.view.state = 'talking'
      this.emit({ type: 'answered', leg })
    })
  }

  hangup(
    leg: LegId,
    cause: Cause,
    o: { readonly status?: number; readonly headers?: readonly SipHeader[] } = {},
  ): void {
    if (o.status !== undefined && (o.status < 200 || o.status > 699)) throw new TypeError('status must be a final one')
    this.#leg('hangup', [leg, cause, o], it => {
      it.view.headers = o.headers ?? []
      const refused = it.state === 'early' && it.direction === 'in'
      const status = o.status ?? (refused ? sipStatusOf(cause) : it.state === 'early' ? 487 : 200)
      this.#end(leg, { cause, status, by: 'box' })
    })
  }

  bridge(a: LegId, b: LegId): void {
    this.#leg('bridge', [a, b], one => {
      const other = this.legs.get(b)
      if (!other) return
      if (one.state === 'early' || other.state === 'early') throw new Error('only answered legs can be bridged')
      for (const it of [one, other]) this.parted(it)
      one.bridgedWith = b
      other.bridgedWith = a
    })
  }

  unbridge(leg: LegId): void {
    this.#leg('unbridge', [leg], it => this.parted(it))
  }

  /** Takes a leg out of its bridge. */
  parted(it: SwitchLeg): void {
    const peer = it.bridgedWith === undefined ? undefined : this.legs.get(it.bridgedWith)
    for (const { leg } of peer ? [it, peer] : [it]) leaveOverheard(this, leg)
    if (peer) delete peer.bridgedWith
    delete it.bridgedWith
  }

  mix(
    mix: string,
    members: readonly { readonly leg: LegId; readonly speaks: boolean; readonly hears: boolean }[],
  ): void {
    this.give('mix', [mix, members], () => setMix(this, mix, members))
  }

  unmix(mix: string): void {
    this.give('unmix', [mix], () => this.mixes.delete(mix))
  }

  overhear(ear: LegId, on: LegId, manner: FakeEar['manner']): void {
    this.#leg('overhear', [ear, on, manner], () => overhear(this, ear, { on, manner }))
  }

  endOverhear(ear: LegId): void {
    this.#leg('endOverhear', [ear], () => this.ears.delete(ear))
  }

  respond(request: string, status: number, o?: { readonly body?: string; readonly contentType?: string }): void {
    if (status < 100 || status > 699) throw new TypeError('not a SIP status')
    this.give('respond', [request, status, o], () => this.requests.answer(request, status))
  }

  sendInfo(leg: LegId, contentType: string, body: string): void {
    this.#leg('sendInfo', [leg, contentType, body], it => it.phone.told.push(body))
  }

  outOfDialog(o: Parameters<SipPort['outOfDialog']>[0]): void {
    checkOutOfDialog(o)
    this.give('outOfDialog', [o], () => {
      const phone = phoneAt(this.phones, o.target)
      if (phone && o.method === 'MESSAGE') phone.texts.push(o.body ?? '')
      if (phone?.manner === 'silent') return
      this.emit({ type: 'replied', request: o.request, ...replyOf(phone, o) })
    })
  }

  async loadSound(sound: string, file: string): Promise<{ readonly seconds: number }> {
    this.give('loadSound', [sound, file], () => this.sounds.set(sound, this.sounds.get(sound) ?? 2))
    return { seconds: this.sounds.get(sound) ?? 2 }
  }

  dropSound(sound: string): void {
    this.give('dropSound', [sound], () => this.sounds.delete(sound))
  }

  /** One round of a playlist, in milliseconds; a sound that nobody loaded lasts a second. */
  roundMilliseconds(list: Playlist): number {
    return list.sounds.reduce((sum, sound) => sum + (this.sounds.get(sound) ?? 1) * 1000, list.gapMilliseconds)
  }

  play(leg: LegId, play: string, list: Playlist): void {
    this.#leg('play', [leg, play, list], it => {
      it.phone.heard.push(...list.sounds)
      const total = list.repeats * this.roundMilliseconds(list) - list.gapMilliseconds
      const forget = list.repeats === 0 ? () => {} : this.clock.after(total, () => this.#played(it, play, true))
      it.plays.set(play, { list, forget })
    })
  }

  #played(it: SwitchLeg, play: string, complete: boolean): void {
    it.plays.get(play)?.forget()
    if (it.plays.delete(play)) this.emit({ type: 'played', leg: it.leg, play, complete })
  }

  stopPlay(leg: LegId, play: string): void {
    this.#leg('stopPlay', [leg, play], it => this.#played(it, play, false))
  }

  tone(leg: LegId, play: string, o: Parameters<SipPort['tone']>[2]): void {
    this.#leg('tone', [leg, play, o], it => it.plays.set(play, { list: undefined, forget: () => {} }))
  }

  sendDigits(leg: LegId, digits: string): void {
    this.#leg('sendDigits', [leg, digits], () => {})
  }

  record(leg: LegId, file: string, own?: RecordedSide): void {
    this.#leg('record', own === undefined ? [leg, file] : [leg, file, own], it =>
      it.files.set(file, this.clock.since()),
    )
  }

  stopRecord(leg: LegId): void {
    this.#leg('stopRecord', [leg], it => this.#recorded(it))
  }

  #recorded(it: SwitchLeg): void {
    for (const [file, since] of it.files) {
      this.emit({ type: 'recorded', leg: it.leg, file, seconds: (this.clock.since() - since) / 1000 })
    }
    it.files.clear()
  }

  page(o: PageOptions): void {
    this.give('page', [o], () => this.pages.start(o))
  }

  joinPage(page: string, listener: PageListener): void {
    this.give('joinPage', [page, listener], () => this.pages.join(page, listener))
  }

  leavePage(page: string, listener: string): void {
    this.give('leavePage', [page, listener], () => this.pages.leave(page, listener))
  }

  stopPage(page: string): void {
    this.give('stopPage', [page], () => this.pages.stop(page, false))
  }

  dump(): SwitchDump {
    return dumpOf(this)
  }

  #leg(name: string, args: readonly unknown[], effect: (it: SwitchLeg) => void): void {
    this.give(name, args, () => {
      const leg = String(args[0])
      const it = this.legs.get(leg)
      if (it) effect(it)
      // A command for a leg that has just ended is dropped; for one that never was it is wrong in itself.
      else if (!this.#ended.has(leg)) throw new Error(`${name}: there never was a leg ${leg}`)
    })
  }

  #view(phone: VirtualPhone, o: Pick<PhoneLeg, 'leg' | 'direction' | 'headers' | 'from'>): PhoneLeg {
    const view: PhoneLeg = { ...o, state: 'ringing', ringBack: false, earlyMedia: false, status: 0, cause: '' }
    phone.legs.push(view)
    return view
  }

  #add(o: Pick<SwitchLeg, 'leg' | 'direction' | 'phone' | 'view' | 'invite' | 'for'>): void {
    this.legs.set(o.leg, { ...o, state: 'early', held: false, plays: new Map(), files: new Map() })
  }

  #end(leg: LegId, o: Omit<Extract<SipEvent, { type: 'ended' }>, 'type' | 'leg' | 'quality'>): void {
    const it = this.legs.get(leg)
    if (!it) return
    this.parted(it)
    leaveMixes(this, leg)
    for (const { forget } of it.plays.values()) forget()
    it.plays.clear()
    this.#recorded(it)
    this.legs.delete(leg)
    this.#ended.add(leg)
    this.pages.legEnded(leg)
    it.view.state = 'over'
    it.view.status = o.status
    it.view.cause = o.cause
    const talked = it.state === 'established'
    this.emit({ type: 'ended', leg, ...o, ...(talked && { quality: unheard() }) })
  }
}
