// The contract between the kernel and the product: a feature declares, starts, and offers parts.

import type { Blobs } from './blobs.ts'
import type { BoardPort } from './board-port.ts'
import type { Arrival, Call, CallFacts, Calls, DestinationKind, Look, Phases } from './call/call.types.ts'
import type { SipEvent, SipPort } from './call/sip-port.ts'
import type { Clock } from './clock.ts'
import type { Courier } from './courier.ts'
import type { Folder } from './folder.ts'
import type { Live } from './live.ts'
import type { Names } from './names.ts'
import type { Pictures } from './pictures.ts'
import type { Migration, Records } from './records.ts'
import type { ActionRef, TSchema } from './schema.ts'
import type { ResourceKind, Store, Who } from './store.ts'
import type { Thing } from './things.ts'

export type { Arrival, Call, Look, Phases }

/** Something wrong now, what it means, and what to do. */
export interface Problem {
  /** `feature.what-is-wrong`, with the thing's id behind a colon where there are several. */
  readonly code: string
  readonly severity: 'info' | 'warning' | 'serious' | 'danger'
  /** One sentence a technician understands. */
  readonly text: string
  /** What to do about it. */
  readonly remedy: string
  readonly since?: number
  /** Codes of problems that this one tells better, as a button tells of its wire: they are not shown beside it. */
  readonly covers?: readonly string[]
  /** A route of the UI where it can be mended. */
  readonly link?: string
}

/** Why an action runs. */
export interface Trigger {
  readonly who: Who
  /** The button, schedule, code or person behind it, in words. */
  readonly cause: string
  readonly location?: string
  readonly alarm?: string
  /** How grave that is: 0 to 3, as the severities of alarms from `notice` to `life-safety`; absent: 0. */
  readonly gravity?: number
  /** The call for help that it is about. */
  readonly call?: string
  /** A drill or rehearsal: actions with a route to the outside refuse by type. */
  readonly drill: boolean
}

/** Whom an action did not reach although it reached others. Whoever it reached and cannot tell is counted by itself. */
export interface Shortfall {
  readonly missed: number
  /** Sent to, and nothing can tell whether it was heard. */
  readonly unverified: number
  readonly of: number
  /** Who was missed, as people know them; the first of them where they are many. */
  readonly who: readonly string[]
}

export interface ActionKind<P = Readonly<Record<string, unknown>>> {
  readonly title: string
  readonly params: TSchema
  /** Extra checks when saved: field → what is wrong and the remedy. */
  check?(params: P): Record<string, string>
  /** Done before it is needed (texts rendered, zones resolved); called when what holds the action is saved or what it points at changes. */
  prepare?(params: P): Promise<void>
  /** Has a route to the outside (dials a trunk, sends mail): never run for a drill. */
  readonly outside?: true
  /** Resolves when the effect has happened, with whom it did not reach; rejects with the reason when it has not. */
  run(params: P, why: Trigger, signal: AbortSignal): Promise<void> | Promise<Shortfall | undefined>
}

/** A verb beyond create, read, update and delete: a message in, a message out. */
export interface Route<I = unknown, O = unknown> {
  readonly method: 'GET' | 'POST'
  /** Below `/api/`, e.g. `alarms/raise`. */
  readonly path: string
  readonly about: string
  /** `feature.verb`, asked through `may`. */
  readonly permission: string
  readonly input?: TSchema
  /**
   * What a message is about, where its input does not name it by reference: from memory, or from the records for what is
   * past. A role limited to a place then covers it: to act every thing must stand there, to look one of them.
   */
  on?(input: I): readonly Thing[] | Promise<readonly Thing[]>
  /** The list in the answer, and what each row is about: who may look in some places only gets the rows of those. */
  readonly rows?: Rows
  /**
   * The body is a file, and the message is in the query. Its path begins with `uploads/`. One at a time: the file lies in
   * `directory` until `run` has resolved.
   */
  readonly upload?: { readonly largestBytes: number; readonly directory: string }
  /** `file`: where an upload lies. */
  run(input: I, who: Who, file?: string): Promise<O> | O
}

/** An answer that is a file: sent as it is, of this media type. */
export interface SentFile {
  readonly sentFile: string
  readonly type: string
}

/** What a thing on the network asks: a button, another system. Nobody is signed in; the key it brings is the feature's to check. */
export interface HookRequest {
  readonly method: 'GET' | 'POST'
  /** What follows the hook's own path. */
  readonly rest: string
  readonly query: Readonly<Record<string, string>>
  /** By names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  /** As it came, whatever its type; empty where there is none. */
  readonly body: string
}

/** A door for things: `/api/hooks/<path>/<rest>`. Refuses with a PbxError. */
export interface Hook {
  readonly path: string
  readonly about: string
  /** Answered with 200 and this, once it resolves; a {@link SentFile} as the file that it is. */
  run(request: HookRequest): Promise<object>
}

export interface Rows<R = never> {
  /** Name of the list in the answer. */
  readonly in: string
  /** Reads memory only. */
  on(row: R): readonly Thing[]
}

/** What each fact is about, from memory as it is when the fact is told; facts without are for those who may look everywhere. */
export type Touches = { readonly [N in keyof Facts]?: (fact: Facts[N]) => readonly Thing[] }

/** What happens, by name; each feature adds its own by declaration merging, in its folder. Names are `noun.past-tense`. */
export interface Facts extends CallFacts {
  'document.changed': { readonly rev: number; readonly kinds: readonly string[] }
  'problems.changed': { readonly count: number }
}

/** A set of permissions and where it holds: everywhere, or in one site, department or zone. */
export interface Grant {
  /** `feature.verb`; `feature.manage` includes `feature.view`; `*` is all of them. */
  readonly permissions: readonly string[]
  readonly scope: { readonly site: string } | { readonly department: string } | { readonly zone: string } | 'everything'
}

export interface Log {
  debug(text: string, fields?: object): void
  info(text: string, fields?: object): void
  warn(text: string, fields?: object): void
  error(text: string, fields?: object): void
}

/** SIP that is not calls: one owner each. */
export interface SipHandlers {
  /** Events outside calls: registrations, MESSAGE, refusals. */
  observe?(event: SipEvent): void
}

export interface Feature<S = unknown, A = unknown> {
  /** = its folder's name. */
  readonly name: string
  /** One sentence for the administrator. */
  readonly about: string
  /** Started first; only these can be used. */
  readonly needs?: readonly Feature<never, unknown>[]
  /** Without it the box is in safe mode. */
  readonly essential?: true
  /** May be switched off. */
  readonly optional?: true
  readonly settings?: TSchema
  readonly resources?: readonly ResourceKind<never>[]
  readonly records?: readonly Migration[]
  /** `feature.verb` → what it allows, as a person reads it. */
  readonly permissions?: Readonly<Record<string, string>>
  /** Texts by language and key; completeness is type-checked in the feature's folder. */
  readonly words?: Readonly<Record<string, Readonly<Record<string, string>>>>
  start(ctx: Context<S>): Parts<A> | Promise<Parts<A>>
}

export interface Parts<A = unknown> {
  readonly api?: A
  readonly destinations?: Readonly<Record<string, DestinationKind>>
  readonly actions?: Readonly<Record<string, ActionKind<never>>>
  readonly phases?: Phases
  readonly sip?: SipHandlers
  readonly routes?: readonly Route<never, unknown>[]
  readonly hooks?: readonly Hook[]
  readonly touches?: Touches
  /** Carries a change of this feature's resources or settings into effect; until it resolves the change shows as applying. */
  apply?(): Promise<void> | void
  /** What someone may do; one feature answers for the box (features/access). */
  grantsOf?(who: Who): readonly Grant[]
  problems?(): readonly Problem[]
  /** For the metrics page: name → value. */
  metrics?(): Readonly<Record<string, number>>
}

/** All that a feature can reach. */
export interface Context<S = unknown> {
  /** Frozen, replaced whole on change: read at use, never keep. */
  readonly settings: S
  /** Fires at stop; listeners and timers die with it. */
  readonly signal: AbortSignal
  readonly log: Log
  readonly clock: Clock
  readonly store: Store
  readonly live: Live
  readonly records: Records
  readonly calls: Calls
  readonly board: BoardPort
  /**
   * What is no call's: lines and registrations (phones/), emergency numbers, answers to REFER, recordings that a former
   * process left. Legs and pages are reached through `calls` only.
   */
  readonly sip: SipPort
  /** Directories that belong to this feature alone. */
  readonly files: { /** Durable. */ readonly data: string /** In memory, outlives a crash. */; readonly run: string }
  /** The durable one of them, for files that grow in number. */
  readonly folder: Folder
  /** The part another feature offers; only those in `needs`. */
  use<A>(feature: Feature<never, A>): A
  may(who: Who, verb: string, on?: object): boolean
  /** Runs an action of the registry; rejects with its reason. */
  act(action: ActionRef, why: Trigger, signal?: AbortSignal): Promise<Shortfall | undefined>
  /** The registered kind, or undefined: for checks when something that holds an action is saved. */
  actionKind(kind: string): ActionKind<never> | undefined
  /** Sounds and other files kept by content. */
  readonly blobs: Blobs
  /** Name servers: asked ahead of time, never on the way of a call. */
  readonly names: Names
  /** Mail and web services of others: beside everything, never on the way of a call, page or alarm. */
  readonly courier: Courier
  /** Brings plans to size and draws maps: beside everything, never on the way of a call, page or alarm. */
  readonly pictures: Pictures
  /** Renders text to speech once and keeps the WAV by content; never on the way of a press. */
  speech(text: string, language: string): Promise<{ readonly file: string; readonly sha256: string }>
  emit<N extends keyof Facts>(name: N, fact: Facts[N]): void
  on<N extends keyof Facts>(name: N, observer: (fact: Facts[N]) => void): void
  /** The only legal un-awaited promise: logged, counted, shown. */
  spawn(what: string, work: Promise<unknown>): void
}

/** Gives a manifest its types. */
export function feature<S, A>(f: Feature<S, A>): Feature<S, A> {
  return f
}
