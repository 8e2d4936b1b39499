// Calls as features see them: a call goes to a destination, and owns whatever is made on its way.
import type { Cause } from '../errors.ts'
import type { Destination } from '../schema.ts'
import type { Thing } from '../things.ts'
import type {
  Address,
  Binding,
  DiversionHeaders,
  DiversionReason,
  Diverted,
  LegQuality,
  Media,
  MediaEncryption,
  Overhearing,
  PageListener,
  Playlist,
  RecordedSide,
  Redirection,
  SipHeader,
  SoundId,
  ToldOfCaller,
  Tone,
  ToneStep,
} from './sip-port.ts'

/** Who is at the far side: frozen when identified, never looked up again during the call. */
export interface Party {
  readonly line?: string
  readonly device?: string
  readonly extension?: string
  readonly user?: string
  readonly trunk?: string
  /** What the other side sees. */
  readonly number: string
  readonly name: string
  readonly site?: string
  readonly location?: string
  readonly source?: Address
  readonly trust: 'line' | 'station-network' | 'trunk' | 'unknown'
  /** Asks not to be named to whom it calls (RFC 3323); never heeded in a call for help. */
  readonly withheld?: true
}

/** What becomes of a call after a destination has run. */
export type Next = { readonly end: Cause } | { readonly goto: Destination }

/** What a destination needs to be entered again after a restart. */
export interface Bookmark {
  readonly destination: Destination
  readonly step: string
  /** UTC milliseconds when this destination was first entered. */
  readonly since: number
  readonly data: Readonly<Record<string, unknown>>
}

/** `own`: the channel of two that has this side, the other one in the other; without it both are in one. `signal` ends it. */
export interface RecordOptions {
  readonly signal?: AbortSignal
  readonly own?: RecordedSide
}

/** One SIP dialog with one party; belongs to exactly one call. Awaiting methods reject with CallGone or LegMoved. */
export interface Leg {
  readonly id: string
  readonly call: Call
  readonly party: Party
  readonly direction: 'in' | 'out'
  readonly state: 'early' | 'established' | 'ended'
  /** Aborts with CallGone when the far side hangs up, with LegMoved when it changes owner. */
  readonly gone: AbortSignal
  /** Rings the caller's phone: 180. */
  ringing(): void
  answer(): Promise<void>
  /** Answers if need be, plays to the end, resolves; also resolves when `signal` aborts, which stops the player. */
  play(list: Playlist | SoundId, o?: { signal?: AbortSignal }): Promise<void>
  /** Collects digits until `count`, the terminator, or the patience runs out (anew after each digit). Digits typed ahead count. */
  digits(o: { count: number; patienceSeconds: number; terminator?: string }): Promise<string>
  /** Records what both sides say into a WAV, `own` this side in a channel of its own, until `signal` aborts or the leg ends; resolves with its length when the file is whole. */
  record(file: string, o?: RecordOptions): Promise<{ readonly seconds: number }>
  /** Sends tones to the far side. */
  sendDigits(digits: string): void
  /** The leg this one is bridged with now. */
  readonly peer: Leg | undefined
  /** Its phone has been heard to ring. */
  readonly rings: boolean
  /** Its far side has put the call on hold. */
  readonly held: boolean
  /** The one way a leg changes owner: atomic. This handle is dead afterwards (LegMoved); go on with the returned one. */
  moveTo(call: Call): Leg
  hangup(cause: Cause): void
}

/** Two legs relayed. */
export interface Bridge {
  readonly a: Leg
  readonly b: Leg
  /** Resolves when either side is gone. */
  readonly ended: Promise<Cause>
  /** Records both sides into a WAV of two channels: the caller left, the called right. */
  record(file: string): void
  /**
   * Answers a leg of any call if need be and lets it hear both sides. A whisper is heard by `to` alone, `a` unless said.
   * Nobody is told. Rejects with CallGone or LegMoved when the bridge or the ear is gone, with calls.not-connected before the
   * two talk.
   */
  join(ear: Leg, manner: Overhearing, o?: { to?: Leg }): Promise<Ear>
}

/** A leg at a bridge that is not its own. */
export interface Ear {
  readonly leg: Leg
  /** Goes over without a hole. */
  change(manner: Overhearing, o?: { to?: Leg }): void
  /** The bridge goes on; the leg lives on with its call. Does nothing twice. */
  leave(): void
  /** Resolves when it left, hung up, or the bridge is over. */
  readonly ended: Promise<void>
}

/** Whom to ring. */
export type RingTarget =
  | {
      readonly binding: Binding
      readonly party: Party
      readonly headers?: readonly SipHeader[]
      /** How it is told who sent the call on. */
      readonly diversions?: { readonly as: DiversionHeaders }
    }
  | {
      readonly uri: string
      /** Where packets go, when the URI names its host. */
      readonly via?: Address
      /** What the request passes first. */
      readonly routes?: readonly string[]
      readonly party: Party
      readonly deadlines?: { readonly answer: number; readonly ringing: number }
      readonly credentials?: { username: string; secret: string }
      readonly encryption?: MediaEncryption
      /** PIDF-LO of a caller for help (RFC 6442). */
      readonly location?: string
      /** The same; `by`: as whoever is there may know it, else as the call has it. */
      readonly diversions?: { readonly as: DiversionHeaders; readonly by?: readonly Diverted[] }
      readonly headers?: readonly SipHeader[]
    }

export interface RingOptions {
  readonly targets: readonly RingTarget[]
  readonly patienceSeconds: number
  /** The caller hears this instead of ring-back made by his own phone. */
  readonly meanwhile?: Playlist
  /** What the targets see instead of the call's own `from`: an outside line's identity. */
  readonly as?: { readonly number: string; readonly name: string; readonly host?: string }
  /** Told of each provisional answer but 100. */
  heard?(status: number): void
  /** Asked of each phone that sends the caller elsewhere by itself (3xx): who is rung as well, in the same round. */
  redirected?(it: Redirected): readonly RingTarget[]
}

/** How a round of ringing ended when nobody answered. */
export interface RingFailure {
  readonly cause: Cause
  /** Phones that sent the caller elsewhere, in the order in which they did. Nothing follows them by itself. */
  readonly redirected?: readonly Redirected[]
}

/** A phone that does not take a call and says where it should go instead (3xx). */
export interface Redirected {
  readonly by: Party
  readonly to: readonly Redirection[]
}

/** One incoming INVITE or one `place()`: owns its legs, bridges, players and recorders, and ends them all when its function returns or throws. */
export interface Call {
  readonly id: string
  readonly correlation: string
  readonly from: Party
  readonly dialled: string
  readonly emergency: boolean
  readonly legs: readonly Leg[]
  /** UTC milliseconds. */
  readonly startedAt: number
  /** Who sent it on so far, the first one first. */
  readonly diversions: readonly Diverted[]
  /** The number of whoever handed it on; those whom it rings next are told. */
  referredBy?: string
  /** Remembers, and writes to its record, that somebody sends it on: whom it rings next is told. */
  divert(by: Diverted): void
  /** Rings all targets at once; first answer wins, the others are cancelled. Resolves with the failure when nobody answers. */
  ring(o: RingOptions): Promise<Leg | RingFailure>
  connect(a: Leg, b: Leg, o?: { afterwards?: Next }): Promise<Bridge>
  /** Three or more legs that hear one another. */
  mix(legs: readonly Leg[]): Promise<Mix>
  /**
   * Sends a leg of this call onward and resolves when that is over, with the leg still here if its far side is: what
   * comes after a destination that nobody answered is the asker's to decide.
   */
  follow(leg: Leg, next: Next): Promise<Cause>
  /** Remembers where this call stands in its destination. */
  mark(step: string, data?: Readonly<Record<string, unknown>>): void
  /** Writes something to the call's record: who answered, which group, which forward. */
  note(what: Readonly<Record<string, unknown>>): void
  end(cause: Cause): void
}

export interface Mix {
  readonly legs: readonly Leg[]
  /** An ear that only listens has `speaks: false`. */
  add(leg: Leg, o?: { speaks?: boolean; hears?: boolean }): void
  remove(leg: Leg): void
  /** Resolves when fewer than two are left. */
  readonly ended: Promise<Cause>
}

/** A frozen view that phases decide on: they can do nothing but look. */
export interface Look {
  readonly from: Party
  readonly dialled: string
  readonly source?: Address
  readonly emergency: boolean
  readonly hops: number
}

/** What phases are handed to identify a caller. */
export interface Arrival {
  readonly line?: string
  readonly from: { readonly user: string; readonly name: string }
  readonly dialled: string
  readonly source: Address
  readonly emergency: boolean
  readonly told?: ToldOfCaller
}

/** Where a call can go: one async function; entered again with its bookmark after a restart. */
export interface DestinationKind {
  /** As a person reads it in a picker. */
  readonly title: string
  run(caller: Leg, id: string, bookmark?: Bookmark, options?: Readonly<Record<string, unknown>>): Promise<Next>
  choices(): readonly { readonly id: string; readonly label: string }[]
  /** What stands for one that is no choice of anybody: a number outside. */
  label?(to: Destination): string | undefined
}

export type RouteSlot = 'call-back' | 'hot-line' | 'code' | 'inbound' | 'outbound'

/** Where a dialled number leads, and who said so: the number plan, or the feature that has the slot. */
export interface Routed {
  readonly to: Destination
  readonly by: string
  readonly slot: RouteSlot | 'number-plan'
}

/** The four places where features meet a call on its way. */
export interface Phases {
  /** Synchronous, memory only; first answer wins. */
  identify?(arrival: Arrival): Party | undefined
  /** First refusal wins; 300 ms, then skipped with a problem. Never asked for emergency calls. */
  admit?(look: Look): Promise<Cause | undefined> | Cause | undefined
  /** Synchronous, memory only; one feature per slot. Before the number plan are asked `call-back` (after a call for help) and `hot-line` (whatever it dials). */
  route?: { readonly slot: RouteSlot; find(look: Look): Destination | undefined }
  /** Before audio flows; all run; 300 ms, then skipped with a problem. */
  connecting?(bridge: Bridge): Promise<void> | void
}

/** Facts about calls that features may observe. */
export interface CallFacts {
  /** Calls are taken from now on; so many that a predecessor left go on. */
  'calls.open': { readonly restored: number }
  'call.began': {
    readonly call: string
    readonly correlation: string
    readonly from: Party
    readonly dialled: string
    readonly emergency: boolean
    readonly at: number
  }
  /** Who is in it, how they stand to one another, or who rings has changed, or it is over. Told often: no matter of record. */
  'call.changed': { readonly call: string }
  'call.rang': { readonly call: string; readonly targets: readonly Party[] }
  'call.answered': { readonly call: string; readonly by: Party; readonly at: number }
  'call.went': { readonly call: string; readonly to: Destination }
  'call.noted': { readonly call: string; readonly what: Readonly<Record<string, unknown>> }
  'call.ended': {
    readonly call: string
    readonly cause: Cause
    readonly at: number
    readonly quality: Readonly<Record<string, LegQuality>>
    /** Where its people were: nothing else tells it once the call is gone. */
    readonly among: readonly Thing[]
  }
  /** The far side of a leg put the call on hold or took it back; told again after a restart while it holds. */
  'leg.held': { readonly call: string; readonly leg: string; readonly held: boolean }
  'leg.digit': { readonly call: string; readonly leg: string; readonly digit: string }
}

/** A page as the kernel runs it: one arbiter per endpoint, everything that can be heard reached once. */
export interface PageOrder {
  readonly id: string
  /** From `alarm` on it insists: it waits as long as it takes, tries again who was not reached, and takes turns with its equals. */
  readonly priority: PagePriority
  /** Who goes first on an endpoint: the larger, a whole number, on the scale of the board's `speak`. Absent: the place of its priority. */
  readonly rank?: number
  readonly source:
    | { readonly kind: 'playlist'; readonly playlist: Playlist }
    | { readonly kind: 'leg'; readonly leg: Leg }
  readonly listeners: readonly PageTarget[]
  /** Also told to SIP phones as display text. */
  readonly caller: { readonly number: string; readonly name: string }
  readonly lane: 'emergency' | 'new'
  /** How long phones are given to answer, seconds. */
  readonly patienceSeconds: number
}
/** emergency > alarm > live page > bell > call tone > music. */
export const PAGE_PRIORITIES = ['music', 'tone', 'bell', 'normal', 'alarm', 'emergency'] as const
export type PagePriority = (typeof PAGE_PRIORITIES)[number]

/** One endpoint of the resolved zone. `key` is what the arbiter guards: two pages never speak on one key at a time. */
export type PageTarget =
  | {
      readonly key: string
      readonly label: string
      readonly kind: 'rtp'
      readonly listener: PageListener & { kind: 'rtp' }
    }
  | {
      readonly key: string
      readonly label: string
      readonly kind: 'phone'
      readonly bindings: readonly Binding[]
      /** Asked each time before it is rung, where contacts may change while the page runs. */
      bindingsNow?(): readonly Binding[]
      readonly headers: readonly SipHeader[]
    }
  | { readonly key: string; readonly label: string; readonly kind: 'amplifier'; readonly amplifier: string }

/** `sent → answered → played | busy | failed`; `dropped` when something of higher priority held the endpoint. */
export interface Delivery {
  readonly key: string
  readonly label: string
  readonly state: 'sent' | 'answered' | 'played' | 'busy' | 'failed' | 'dropped'
  readonly cause?: string
  readonly packets: number
  readonly wholeRounds: number
  /** Since when it waited last for others on this endpoint; monotonic milliseconds. Of now while the state is `dropped`. */
  readonly waitingSince?: number
}

export interface RunningPage {
  readonly id: string
  readonly order: PageOrder
  deliveries(): readonly Delivery[]
  /** Resolves when the first packet left to any listener; stays open when none ever does, so race it with `ended`. */
  readonly leaving: Promise<void>
  readonly ended: Promise<{
    readonly how: 'done' | 'stopped' | 'pre-empted' | 'failed'
    readonly deliveries: readonly Delivery[]
  }>
  stop(): void
}

/** What is needed to reach help without the emergency feature. */
export interface LastResort {
  readonly numbers: readonly string[]
  /** Networks whose stations are not challenged. */
  readonly networks: readonly string[]
  /** Ways out of the plant, the best first; tried one after the other, those of the caller's site before the others. */
  readonly outside?: readonly RememberedWay[]
  /** Phones that are rung when nobody outside took the call. */
  readonly targets: readonly RingTarget[]
}

/** A way to the public emergency services, as it is used while whoever knows of such ways does not run. */
export interface RememberedWay {
  /** The emergency number that it is for, as people dial it. */
  readonly dialled: string
  /** Where it leaves the plant. */
  readonly site?: string
  readonly target: RingTarget
  /** Who the far side sees calling. */
  readonly as: NonNullable<RingOptions['as']>
  /** What the far side asks for; the password stays in the vault, under this reference. */
  readonly login?: { readonly username: string; readonly secret: string }
}

/** What the box lets somebody hear whom it has answered already, when no phone speaks to him. */
export interface CallSounds {
  /** Asked while a phone rings, so answer from memory; when it throws, nothing is heard. */
  ringBack(party: Party): Tone
  /**
   * Tells the leg why its call ends, where it wants to know, and resolves once that was heard; after ten seconds it is hung up
   * all the same. Never asked for a call for help, nor of a leg that is not answered: that one is told by its SIP status.
   */
  parting(leg: Leg, cause: Cause): Promise<void>
}

/** Calls and pages that features start by themselves. */
export interface Calls {
  live(): readonly Call[]
  /** The live call with this id. */
  get(call: string): Call | undefined
  /** The live leg with this id, whoever owns it. */
  find(leg: string): Leg | undefined
  /** Where a call from this party to this number would go: admitted and routed as if it had dialled it. */
  route(from: Party, dialled: string): Promise<Routed | { readonly refused: Cause }>
  /**
   * A new call of the same correlation takes these legs over and runs `work`; what `work` returns is followed with the
   * first leg: transfer, pickup, retrieve. Resolves with the cause when that call is over.
   */
  takeOver(legs: readonly Leg[], why: string, work: (call: Call, legs: readonly Leg[]) => Promise<Next>): Promise<Cause>
  /** Calls `to` in the name of `from` and runs `work` with the answered leg; the call ends when `work` returns. */
  place(
    o: { to: readonly RingTarget[]; from: Party; patienceSeconds: number; why: string },
    work: (leg: Leg) => Promise<Cause>,
  ): Promise<Cause>
  /**
   * How emergency calls are served while the emergency feature does not run (safe mode): it tells this whenever it
   * changes, and the kernel keeps it through a power cut.
   */
  rememberEmergency(last: LastResort): void
  /** Who knows how the box sounds. North America's ring-back, and no parting, until it is told. */
  soundsBy(sounds: CallSounds): void
  /** A mix that no call owns: legs of any call may enter; it ends when the last one leaves. */
  room(): Mix
  page(order: PageOrder): RunningPage
  pages(): readonly RunningPage[]
  /** SIP MESSAGE to a phone's screen; resolves with the final status, 408 when the phone is silent for 8 s. */
  message(binding: Binding, text: string, lane: 'emergency' | 'new'): Promise<number>
}

export type {
  Address,
  Binding,
  DiversionReason,
  Diverted,
  LegQuality,
  Media,
  Overhearing,
  PageListener,
  Playlist,
  Redirection,
  SipHeader,
  SoundId,
  Tone,
  ToneStep,
}
