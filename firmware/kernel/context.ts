// What one feature can reach: the box's ports, narrowed to what is its own and ended when it stops.
import { type AnyAction, act } from './action.ts'
import type { Blobs } from './blobs.ts'
import type { BoardPort } from './board-port.ts'
import type { Calls, DestinationKind } from './call/call.types.ts'
import type { SipPort } from './call/sip-port.ts'
import type { Clock } from './clock.ts'
import type { Courier } from './courier.ts'
import type { Events } from './events.ts'
import type { Context, Feature, Log } from './feature.ts'
import type { Folder } from './folder.ts'
import type { Kinds } from './kinds.ts'
import type { Live } from './live.ts'
import type { Names } from './names.ts'
import type { AnyFeature } from './order.ts'
import type { Pictures } from './pictures.ts'
import type { Records } from './records.ts'
import type { HostStore, Who } from './store.ts'
import type { Troubles } from './trouble.ts'

/** The outside world as main opened it. */
export interface World {
  readonly store: HostStore
  readonly live: Live
  readonly records: Records
  readonly board: BoardPort
  readonly sip: SipPort
  readonly clock: Clock
  readonly log: Log
  readonly blobs: Blobs
  readonly names: Names
  readonly courier: Courier
  readonly pictures: Pictures
  /** The directories of one feature. */
  files(feature: string): { readonly data: string; readonly run: string }
  /** The durable directory of one feature. */
  folder(feature: string): Folder
  speech(text: string, language: string): Promise<{ readonly file: string; readonly sha256: string }>
}

/** What the host shares out among the features. */
export interface Shared extends World {
  readonly calls: Calls
  readonly events: Events
  readonly actions: Kinds<AnyAction>
  readonly destinations: Kinds<DestinationKind>
  readonly troubles: Troubles
  may(who: Who, verb: string, on?: object): boolean
  apiOf(feature: AnyFeature): unknown
}

/** A feature's context; everything it began through it ends with `signal`. */
export function contextOf(shared: Shared, feature: AnyFeature, signal: AbortSignal): Context {
  const { store, live, board, clock, events, actions } = shared
  const { records, calls, sip, blobs, names, courier, pictures, may, speech } = shared
  const fault = (what: string) => (error: unknown) => observerFault(shared, { feature: feature.name, what, error })
  const until = (forget: () => void) => signal.addEventListener('abort', forget, { once: true })
  const log = scopedLog(shared.log, feature.name)
  return {
    get settings() {
      return store.settings<unknown>(feature.name)
    },
    signal,
    log,
    clock: scopedClock(clock, signal, fault('a timer')),
    store: overriding(store, {
      onChange: observe => subscribed(store.onChange(guarded(observe, fault('store'))), until),
    }),
    board: overriding(board, { on: observe => subscribed(board.on(guarded(observe, fault('board'))), until) }),
    live: { collection: (name, o) => live.collection(`${feature.name}.${name}`, o) },
    ...{ records, calls, sip, blobs, names, courier, pictures, may, speech },
    files: shared.files(feature.name),
    folder: shared.folder(feature.name),
    use: <A>(needed: Feature<never, A>) => {
      const declared = feature.needs?.includes(needed as AnyFeature)
      if (!declared) throw new TypeError(`"${feature.name}" uses "${needed.name}" without needing it`)
      return shared.apiOf(needed as AnyFeature) as A
    },
    act: (ref, why, given) => act(actions, ref, { why, signal: given ?? signal }),
    actionKind: kind => actions.get(kind),
    emit: (name, fact) => events.emit(name, fact, feature.name),
    on: (name, observe) => until(events.on(name, feature.name, observe)),
    spawn: (what, work) => spawned(shared, { feature: feature.name, what, log }, work),
  }
}

function spawned(shared: Shared, o: { feature: string; what: string; log: Log }, work: Promise<unknown>): void {
  const code = `${o.feature}.failed:${o.what}`
  work.then(
    () => shared.troubles.settle(code),
    error => {
      o.log.error(`${o.what} failed`, { error })
      const text = `"${o.feature}" could not finish: ${o.what}. ${error instanceof Error ? error.message : ''}`.trim()
      const remedy = 'It is tried again when its turn comes; if this stays, look at the log for the reason.'
      shared.troubles.raise({ code, severity: 'warning', text, remedy }, { minutes: 30 })
    },
  )
}

/** An observer failed: its feature is named, everyone else goes on. */
export function observerFault(
  shared: Pick<Shared, 'log' | 'troubles'>,
  o: { feature: string; what: string; error: unknown },
): void {
  shared.log.error('a feature failed while it observed', o)
  const text = `"${o.feature}" failed while it took note of "${o.what}".`
  const remedy = 'Look at the log for the reason; what it shows may be out of date.'
  shared.troubles.raise({ code: `host.observer:${o.feature}`, severity: 'warning', text, remedy }, { minutes: 30 })
}

function guarded<T>(observe: (it: T) => void, fault: (error: unknown) => void): (it: T) => void {
  return it => {
    try {
      observe(it)
    } catch (error) {
      fault(error)
    }
  }
}

function subscribed(forget: () => void, until: (forget: () => void) => void): () => void {
  until(forget)
  return forget
}

const scopedLog = (log: Log, feature: string): Log => ({
  debug: (text, fields) => log.debug(text, { feature, ...fields }),
  info: (text, fields) => log.info(text, { feature, ...fields }),
  warn: (text, fields) => log.warn(text, { feature, ...fields }),
  error: (text, fields) => log.error(text, { feature, ...fields }),
})

/** Timers die with the feature; one that throws is named and harms nobody, instead of ending the process. */
function scopedClock(clock: Clock, signal: AbortSignal, fault: (error: unknown) => void): Clock {
  const forgets = new Set<() => void>()
  const tried = (work: () => void) => guarded(work, fault)(undefined)
  signal.addEventListener('abort', () => forgets.forEach(forget => void forget()), { once: true })
  const scoped = (forget: () => void) => {
    const both = () => {
      forgets.delete(both)
      forget()
    }
    forgets.add(both)
    return both
  }
  return {
    now: () => clock.now(),
    since: () => clock.since(),
    get trusted() {
      return clock.trusted
    },
    after(milliseconds, work) {
      if (signal.aborted) return () => {}
      const forget = scoped(
        clock.after(milliseconds, () => {
          forgets.delete(forget)
          tried(work)
        }),
      )
      return forget
    },
    every: (milliseconds, work) => (signal.aborted ? () => {} : scoped(clock.every(milliseconds, () => tried(work)))),
    sleep: (milliseconds, other) => clock.sleep(milliseconds, other ? AbortSignal.any([signal, other]) : signal),
  }
}

/**
 * The object with some methods of its own; the rest stays with it (a plain copy would lose private fields). Made once:
 * a proxy would find and bind a method at each of the thirty looks into the store that a call takes.
 */
export function overriding<T extends object>(target: T, methods: Partial<T>): T {
  const view = { ...methods } as T
  for (let at: object = target; at !== Object.prototype; at = Object.getPrototypeOf(at))
    for (const key of Object.getOwnPropertyNames(at) as (keyof T)[]) {
      if (key in view) continue
      const method = (...given: never[]) => (target[key] as Method)(...given)
      const isMethod = typeof target[key] === 'function'
      Object.defineProperty(view, key, isMethod ? { value: method } : { get: () => target[key] })
    }
  return view
}

type Method = (...given: never[]) => unknown
