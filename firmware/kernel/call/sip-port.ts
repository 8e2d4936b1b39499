// The switch as the kernel sees it: commands by id, events as facts. The native addon implements it, and the fake of the testkit.
import type { Cause } from '../errors.ts'
import type { Address, Peer, PeerDoubt } from './address.ts'
import type { GroupEar, Network } from './group-ear.ts'
import type { MediaEncryption, MediaKeying, RecordedSide, SpeechCleaning } from './leg-media.ts'
import type { LegQuality } from './leg-quality.ts'
import type { PageListener, PageOptions, Playlist, SoundId, Tone } from './played.ts'

export type { Address, Peer, PeerDoubt } from './address.ts'
export type { GroupEar, GroupProbe, HeardOfGroup, Network } from './group-ear.ts'
export type { MediaEncryption, MediaKeying, RecordedSide, SpeechCleaning } from './leg-media.ts'
export type { FarReport, LegQuality, VoipMetrics } from './leg-quality.ts'
export type { PageListener, PageOptions, Playlist, SoundId, Tone, ToneStep } from './played.ts'

export type LegId = string
/** Milliseconds on the switch's monotonic clock are never exposed: `at` is UTC milliseconds, for records only. */
export type Lane = 'emergency' | 'established' | 'new'

export interface SwitchConfig {
  /** Sockets to listen on; `advertised` is what goes into Contact and SDP when it differs from the bound address. */
  readonly listen: readonly {
    readonly transport: 'udp' | 'tcp' | 'tls'
    readonly host: string
    readonly port: number
    readonly advertised?: string
  }[]
  /** Ports for RTP, even ones; RTCP on the odd one above. */
  readonly rtp: { readonly from: number; readonly to: number }
  readonly realm: string
  readonly userAgent: string
  /** A directory in memory for what must outlive a crash of the process: dialogs, media ports. */
  readonly stateDirectory: string
  /** Registration life that the box grants, seconds; randomised by up to 10 % downwards. */
  readonly expires: { readonly min: number; readonly max: number }
}

/** Who the box is towards phones that speak TLS; PEM. */
export interface Encryption {
  readonly certificate: string
  readonly key: string
  /** Those who may have signed a phone's certificate; asked unless `clients` is never. */
  readonly authorities?: string
  /** Whether phones must show a certificate of their own. */
  readonly clients: 'never' | 'when-given' | 'always'
}

/** What the switch needs to know of a line to check its digest (RFC 8760: both algorithms). */
export interface LineCredential {
  readonly line: string
  readonly authName: string
  /** hex(MD5(authName:realm:secret)) */
  readonly ha1Md5: string
  /** hex(SHA-256(authName:realm:secret)) */
  readonly ha1Sha256: string
  /** `when-offered` unless said. */
  readonly encryption?: MediaEncryption
  /**
   * As the phone itself called last unless said. A phone that is offered a handshake and answers 488, 606 or 415 is asked once
   * more without, unless it must encrypt and `keying` is `dtls`.
   */
  readonly keying?: MediaKeying
  /** Its phone called by a handshake last, as `keying-learned` told. The switch itself notices when that changes. */
  readonly calledByHandshake?: true
  /** Nothing unless said; counts for calls from now on. */
  readonly cleaning?: SpeechCleaning
  /** Its phone is told who is at the other end in Remote-Party-ID too, which it may know only. */
  readonly remotePartyId?: true
}

/** Where a line registered from. Kept by the kernel in `live` and handed back at start. */
export interface Binding {
  readonly line: string
  readonly contact: string
  readonly source: Address
  /** UTC milliseconds. */
  readonly expiresAt: number
  readonly userAgent: string
  readonly instance?: string
  readonly callId: string
  readonly cseq: number
  /** The host that the phone signs in at: how it calls the box. */
  readonly domain?: string
  /** Proxies on the way to it, the one next to the box first, as Path headers wrote them (RFC 3327). */
  readonly path?: readonly string[]
}

/** A place that a phone which does not take a call sends its caller to (3xx). */
export interface Redirection {
  readonly uri: string
  /** Its user part; empty where it has none. */
  readonly number: string
  /** It names the box, or nobody (a bare telephone number): the number plan says what that means. */
  readonly here: boolean
}

/** A phone that watches something (RFC 6665). Kept in `live` and handed back at start, as bindings are. */
export interface Subscription {
  readonly id: string
  /** `dialog`, `presence`, `message-summary` … */
  readonly package: string
  readonly eventId?: string
  /** The line whose digest was right. */
  readonly line: string
  /** Whom it watches: the user part that it asked for. */
  readonly target: string
  /** Content types that it understands; empty: the package's own. */
  readonly accept: readonly string[]
  readonly contact: string
  readonly source: Address
  readonly userAgent: string
  readonly callId: string
  readonly remoteTag: string
  readonly localUri: string
  readonly remoteUri: string
  readonly routes: readonly string[]
  readonly cseq: number
  /** Number of the last NOTIFY by then. Whoever hands it back raises it beyond all that may have been sent since. */
  readonly notified: number
  /** UTC milliseconds. */
  readonly expiresAt: number
}

/** Why the box ends a subscription, in the words of RFC 6665 section 4.1.3. */
export type SubscriptionEnd = 'deactivated' | 'probation' | 'rejected' | 'timeout' | 'giveup' | 'noresource'

export interface SipHeader {
  readonly name: string
  readonly value: string
}

/** How an ear takes part in a bridge: unheard, heard by one side, heard by both. */
export type Overhearing = 'listen' | 'whisper' | 'speak'

/** How the media of a leg begins. */
export type Media =
  /** SDP of the other leg passes through, its address rewritten to a relay port of the box. */
  | { readonly kind: 'relay'; readonly with: LegId }
  /** The box itself hears or speaks: it writes the SDP with its own codecs. */
  | { readonly kind: 'box'; readonly direction?: 'sendrecv' | 'sendonly' }

/**
 * A phone where it registered, or a URI. Names are never looked up on the way: a URI whose host is a name needs the
 * address to send to, and without one is unreachable.
 */
export type Target =
  | { readonly binding: Binding }
  | {
      readonly uri: string
      /** Over TLS only by a connection that is kept to this address. */
      readonly via?: Address
      /** URIs that the request passes first, each with `;lr` (RFC 3261 section 8.1.1.1). */
      readonly routes?: readonly string[]
    }

/** Why a call was sent on: by a forward of the box, by a key of the phone itself, or by somebody outside who does not say. */
export type DiversionReason = 'always' | 'busy' | 'no-answer' | 'unregistered' | 'phone' | 'unknown'

/** One time that a call was sent on before it came where it is (RFC 5806, RFC 7044). */
export interface Diverted {
  readonly number: string
  readonly name: string
  /** Whose calls go on; absent: somebody's outside. */
  readonly extension?: string
  readonly why: DiversionReason
  /** Who that is, is kept from whoever is called (RFC 3323). */
  readonly withheld?: true
}

/** In which headers those who are called learn who sent the call on. */
export const DIVERSION_HEADERS = ['off', 'diversion', 'history-info', 'both'] as const
export type DiversionHeaders = (typeof DIVERSION_HEADERS)[number]

/** What an INVITE says of who calls and by what way: words of its sender, to be believed of trusted networks only. */
export interface ToldOfCaller {
  /** P-Asserted-Identity (RFC 3325). */
  readonly asserted?: { readonly number: string; readonly name: string }
  /** Asks not to be named (RFC 3323). */
  readonly withheld?: true
  /** Diversion or History-Info, the first one first. */
  readonly diversions?: readonly Diverted[]
}

/** Which calls branch off first, and which are let in while others are turned away. */
export interface EmergencySetup {
  readonly numbers: readonly string[]
  /** Whose stations may dial them unproven. */
  readonly networks: readonly string[]
  /** Numbers at which those who called for help a short time ago are called back, as they are dialled. */
  readonly callBacks?: readonly string[]
}

export interface InviteOptions {
  /** Chosen by the kernel, so that it can name the leg before any event about it. */
  readonly leg: LegId
  readonly target: Target
  /** `host`: the domain to speak for, where it is not the box itself. */
  readonly from: { readonly number: string; readonly name: string; readonly host?: string }
  /** The user part that the far side is told it is being called as. */
  readonly to: string
  readonly media: Media
  /** `{host}` in a value becomes the box's own address as the far side sees it. */
  readonly headers?: readonly SipHeader[]
  /** Who handed the call on, as a number of the box (RFC 3892). */
  readonly referredBy?: string
  /** Who sent the call on, the first one first, and how the far side is told. */
  readonly diversions?: { readonly as: DiversionHeaders; readonly by: readonly Diverted[] }
  readonly lane: Lane
  /** Answers 401/407 of the far side. */
  readonly credentials?: { readonly username: string; readonly secret: string }
  /** Milliseconds until the first answer of any kind (100 too) and until it rings: later the leg ends as unreachable. 0: whenever. */
  readonly deadlines?: { readonly answer: number; readonly ringing: number }
  /** As the line has it unless said. */
  readonly encryption?: MediaEncryption
  /** A PIDF-LO document (RFC 4119) that goes beside the description, with a Geolocation header that points to it (RFC 6442). */
  readonly location?: string
}

export type SipEvent =
  | {
      readonly type: 'invite'
      readonly leg: LegId
      /** The line whose digest was right, or that registered from this very source when `emergency`. */
      readonly line?: string
      readonly from: { readonly user: string; readonly name: string; readonly uri: string }
      readonly dialled: string
      readonly source: Address
      readonly emergency: boolean
      readonly callId: string
      readonly userAgent: string
      /** A call for help that rang when the process before this one died; told with `start`, not as an event. */
      readonly again?: true
      /** The leg this INVITE asks to take over (RFC 3891). */
      readonly replaces?: { readonly leg: LegId; readonly earlyOnly: boolean }
      readonly headers: readonly SipHeader[]
      readonly told?: ToldOfCaller
    }
  /**
   * A phone that was invited rings. `passed`: the caller with whom its media was to be relayed waits still, and was told
   * by the switch itself; never in the lane of emergencies, nor with media of the phone's own.
   */
  | {
      readonly type: 'progress'
      readonly leg: LegId
      readonly status: number
      readonly media: boolean
      readonly passed?: true
    }
  | { readonly type: 'answered'; readonly leg: LegId }
  /**
   * A leg that is up is encrypted: told before `answered`, or once a handshake in the media stream (DTLS) gave the keys, and
   * again with others. `suite` begins with the word DTLS then.
   */
  | { readonly type: 'encrypted'; readonly leg: LegId; readonly suite: string }
  /** Exactly once per leg, whoever ended it; afterwards the switch does not know the leg. */
  | {
      readonly type: 'ended'
      readonly leg: LegId
      readonly cause: Cause
      readonly status: number
      readonly by: 'far' | 'box' | 'timeout'
      readonly quality?: LegQuality
      readonly retryAfter?: number
      /** Of a phone that answered 3xx: where to, the place that it likes best first (q, RFC 3261 section 20.10). */
      readonly redirections?: readonly Redirection[]
    }
  /** How an answered leg sounds, every five seconds. Left out where JavaScript cannot follow. */
  | { readonly type: 'measured'; readonly leg: LegId; readonly quality: LegQuality }
  /** The far side put the leg on hold or took it back; the switch passed that through to a bridged leg by itself. */
  | { readonly type: 'hold-changed'; readonly leg: LegId; readonly held: boolean }
  | { readonly type: 'digit'; readonly leg: LegId; readonly digit: string; readonly by: 'rfc4733' | 'info' | 'inband' }
  | { readonly type: 'played'; readonly leg: LegId; readonly play: string; readonly complete: boolean }
  | {
      readonly type: 'recorded'
      readonly leg: LegId
      readonly file: string
      readonly seconds: number
      readonly error?: string
    }
  | { readonly type: 'media-seen'; readonly leg: LegId; readonly from: Address }
  | {
      readonly type: 'refer'
      readonly leg: LegId
      readonly to: string
      readonly request: string
      readonly replaces?: { readonly leg: LegId }
    }
  /**
   * A phone asks the box to call `to` for it, in the name of `of` (REFER outside a dialog, RFC 3515); how it goes is told
   * with `respond`, as of a `refer`, within three minutes.
   */
  | {
      readonly type: 'asked-to-call'
      readonly request: string
      readonly line: string
      readonly of: string
      readonly to: string
      readonly source: Address
    }
  /** In-dialog INFO/MESSAGE or out-of-dialog MESSAGE; answered with `respond`. */
  | {
      readonly type: 'message'
      readonly request: string
      readonly leg?: LegId
      readonly line?: string
      readonly to: string
      readonly contentType: string
      readonly body: string
      readonly source: Address
    }
  | { readonly type: 'registered'; readonly binding: Binding; readonly change: 'new' | 'moved' | 'refreshed' }
  | {
      readonly type: 'unregistered'
      readonly line: string
      readonly contact: string
      readonly why: 'asked' | 'expired' | 'replaced' | 'unreachable'
    }
  | {
      readonly type: 'qualified'
      readonly line: string
      readonly contact: string
      readonly reachable: boolean
      readonly roundTripMilliseconds?: number
    }
  /** `new`: waits for the first `notify`, which grants it, or for `endSubscription`; eight seconds, then it is refused with 500. */
  | { readonly type: 'subscribed'; readonly subscription: Subscription; readonly change: 'new' | 'refreshed' }
  /** Once per subscription, however it ended; `gone`: the phone refused a NOTIFY or did not answer it. */
  | {
      readonly type: 'unsubscribed'
      readonly subscription: string
      readonly why: 'asked' | 'expired' | 'gone' | 'ended'
    }
  | {
      readonly type: 'auth-refused'
      readonly source: Address
      readonly authName: string
      readonly method: string
      readonly throttled: boolean
    }
  /** The phone of a line called in another way than before, or refused the handshake that it was offered: it is called so from now on. */
  | { readonly type: 'keying-learned'; readonly line: string; readonly handshake: boolean }
  /**
   * An INVITE was answered 488 at once: in the clear where that is not allowed, or encrypted in a way the box does not know.
   * `no-handshake`: a call, of whatever direction, that is up and whose handshake gave no keys in time, so that it was silent.
   */
  | {
      readonly type: 'media-refused'
      readonly line?: string
      readonly why: 'not-encrypted' | 'no-common-suite' | 'encryption-off' | 'no-handshake'
      readonly source: Address
    }
  | { readonly type: 'overload-changed'; readonly shedding: boolean; readonly behindMilliseconds: number }
  | { readonly type: 'page-started'; readonly page: string; readonly listener: string }
  | { readonly type: 'page-round'; readonly page: string; readonly round: number }
  | {
      readonly type: 'page-ended'
      readonly page: string
      readonly complete: boolean
      readonly delivered: readonly {
        readonly listener: string
        readonly packets: number
        readonly wholeRounds: number
      }[]
    }
  /** Reply to an `outOfDialog` request; of a REGISTER with what it says of it: expiry, challenge. */
  | {
      readonly type: 'replied'
      readonly request: string
      readonly status: number
      readonly headers?: readonly SipHeader[]
    }
  /** A connection that the box keeps is up, or is not; `text` says more of why, and ends a sentence. Told at each try. */
  | { readonly type: 'connection-changed'; readonly with: Address; readonly up: true }
  | {
      readonly type: 'connection-changed'
      readonly with: Address
      readonly up: false
      readonly why: PeerDoubt
      readonly text: string
    }
  | { readonly type: 'log'; readonly level: 'error' | 'warn' | 'info'; readonly text: string }
  | { readonly type: 'stopped' }

/** A leg as found in the switch's own records after a crash of the process. */
export interface RestoredLeg {
  readonly leg: LegId
  readonly direction: 'in' | 'out'
  /** `early`: of a call for help only, which goes on ringing; other calls that rang are ended by the switch. */
  readonly state: 'early' | 'established'
  /** How an `early` caller came in: all that is needed when nothing else is known of the call. */
  readonly invite?: Extract<SipEvent, { type: 'invite' }>
  readonly bridgedWith?: LegId
  readonly held: boolean
}

/** Everything the engine knows, for `pbx`, tests and the leak check: counters are zero when nothing is up. */
export interface SwitchDump {
  readonly legs: readonly {
    readonly leg: LegId
    readonly state: string
    readonly bridgedWith?: LegId
    readonly rtpPort?: number
  }[]
  readonly dialogs: number
  readonly transactions: number
  readonly pools: number
  readonly mediaPorts: number
  readonly players: number
  readonly recorders: number
  readonly mixes: number
  readonly pages: number
  readonly bindings: number
  readonly subscriptions: number
  readonly counters: Readonly<Record<string, number>>
}

/**
 * Commands return at once: what becomes of them arrives as events, in order with everything else. A command for a leg
 * that has just ended is dropped (its `ended` event is on the way); a command that is wrong in itself throws.
 */
export interface SipPort {
  /** Opens sockets; restores dialogs and media of a crashed predecessor first. Rejects with PbxError `switch.port-taken` (field names the address). */
  start(config: SwitchConfig): Promise<{ readonly restored: readonly RestoredLeg[] }>
  /** Ends all legs, waits at most two seconds, frees everything; resolves after the last event. `keep` leaves dialogs for a successor. */
  stop(o?: { keep?: boolean }): Promise<void>
  on(observer: (events: readonly SipEvent[]) => void): void

  /**
   * For connections from now on; those that are open stay as they are. Before it is called, TLS sockets turn everybody
   * away. Throws PbxError `switch.bad-certificate`, and nothing changes.
   */
  setEncryption(o: Encryption): void
  /** Replaces the table of lines. */
  setLines(lines: readonly LineCredential[]): void
  /** Hands back bindings known from before; expired ones are dropped. */
  setBindings(bindings: readonly Binding[]): void
  dropBinding(line: string, contact: string): void
  /** The site's emergency numbers and the networks whose stations may call them without a challenge. */
  setEmergency(o: EmergencySetup): void
  /**
   * Who calls from `networks` is not asked for a password, unless a phone registered from that very address and port;
   * a call from there to one of `contacts` is told by the number in its To header. Replaces what was set before.
   */
  setTrunks(o: {
    readonly networks: readonly string[]
    readonly contacts: readonly string[]
    /** Encryption of calls that come from a network; `when-offered` unless said, the narrowest counts. */
    readonly media?: readonly { readonly network: string; readonly encryption: MediaEncryption }[]
  }): void
  /**
   * Opens a connection over TLS to each, keeps it and opens it anew when it breaks; calls and requests `via` its address
   * go by it. Replaces what was set before. Throws PbxError `switch.bad-authority`, and nothing changes.
   */
  keepConnections(peers: readonly Peer[]): void
  /** Sends OPTIONS to every binding at this interval; 0 stops. */
  qualifyEvery(seconds: number): void

  invite(o: InviteOptions): void
  /** 180 or 183; with `media` its SDP goes along: early media, or the box's own ring-back. */
  ring(leg: LegId, o: { readonly status: 180 | 183; readonly media?: Media }): void
  answer(leg: LegId, media: Media, headers?: readonly SipHeader[]): void
  /** CANCEL, BYE or a final refusal, whatever the leg's state asks for. `status` overrides the cause's own. */
  hangup(leg: LegId, cause: Cause, o?: { readonly status?: number; readonly headers?: readonly SipHeader[] }): void
  /**
   * Relays two answered legs with one another. Same codec: packets pass; none in common: transcoded; a leg whose SDP
   * must change gets a re-INVITE from the switch.
   */
  bridge(a: LegId, b: LegId): void
  unbridge(leg: LegId): void
  /** Puts legs into one mix, each hearing all others; a leg not `speaks` only listens. Replaces what the legs were bridged to. A mix ends with `unmix` or with its last leg. */
  mix(mix: string, members: readonly { readonly leg: LegId; readonly speaks: boolean; readonly hears: boolean }[]): void
  unmix(mix: string): void
  /**
   * Lets an answered leg hear both sides of the bridge that `on` is in; a whisper is heard by `on` alone. Called again it
   * changes the manner without a hole. Who hears nothing new is relayed to as before. Ends with `endOverhear`, with any of
   * the three legs, and with the bridge; dropped when there is no bridge.
   */
  overhear(ear: LegId, on: LegId, manner: Overhearing): void
  endOverhear(ear: LegId): void
  respond(request: string, status: number, o?: { readonly body?: string; readonly contentType?: string }): void
  /** Asks the far side of an answered leg to call elsewhere, or tells how a `refer` went. */
  sendInfo(leg: LegId, contentType: string, body: string): void
  /** MESSAGE, NOTIFY, OPTIONS or REGISTER outside a dialog; its outcome is a `replied` event. */
  outOfDialog(o: {
    readonly request: string
    readonly method: 'MESSAGE' | 'NOTIFY' | 'OPTIONS' | 'REGISTER'
    /** Of a REGISTER and of nothing else (RFC 3261 section 10.2): the address of record as a URI, and the user of the box's own contact. */
    readonly registration?: {
      readonly account: string
      readonly contact: string
      readonly callId: string
      readonly cseq: number
    }
    readonly target: Target
    readonly headers?: readonly SipHeader[]
    readonly contentType?: string
    readonly body?: string
    readonly lane: Lane
  }): void

  /** The event packages that may be subscribed to; others are answered 489. */
  setEventPackages(names: readonly string[]): void
  /** Hands back subscriptions known from before; each is told the state with the next `notify`. */
  setSubscriptions(subscriptions: readonly Subscription[]): void
  /**
   * Tells watchers the state: the whole of it each time, as a newer one may take the place of one that was not sent yet.
   * `{version}` in the body becomes the number of the NOTIFY, which rises by one. The switch repeats it at each refresh.
   */
  notify(subscriptions: readonly string[], o: { readonly contentType: string; readonly body: string }): void
  /** Ends a subscription, with a last NOTIFY; one that was not granted yet is refused with `status` (403). */
  endSubscription(
    subscription: string,
    o: { readonly reason: SubscriptionEnd; readonly status?: number; readonly retryAfter?: number },
  ): void

  /** Reads a WAV (mono PCM, 8 to 48 kHz) into memory and encodes it; resolves when it can be played without touching the disk. */
  loadSound(sound: SoundId, file: string): Promise<{ readonly seconds: number }>
  dropSound(sound: SoundId): void
  play(leg: LegId, play: string, list: Playlist): void
  stopPlay(leg: LegId, play: string): void
  /** Tones by frequency for ring-back, busy and the like; ends with `stopPlay`. */
  tone(leg: LegId, play: string, tone: Tone): void
  sendDigits(leg: LegId, digits: string): void
  /**
   * Records what both sides of a leg say into a WAV, by tapping the relay: in one channel, or what the leg's own phone says in
   * the left or right of two. Ends with the leg or `stopRecord`.
   */
  record(leg: LegId, file: string, own?: RecordedSide): void
  stopRecord(leg: LegId): void

  page(o: PageOptions): void
  joinPage(page: string, listener: PageListener): void
  leavePage(page: string, listener: string): void
  stopPage(page: string): void

  /** The interfaces of the machine as they are now, by name; asked of the system each time, some tens of microseconds. */
  networks(): readonly Network[]
  /** The box's own address towards a multicast group that no network was chosen for; `undefined`: it knows no way. */
  wayTo(group: string): Promise<string | undefined>
  /** One for the process. Throws PbxError `switch.no-group-ear` where the system does not allow it. */
  openGroupEar(): GroupEar

  dump(): SwitchDump
}
