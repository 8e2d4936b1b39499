// The host: starts the features in order, gives each its context, keeps a failing one from harming the others.
import type { AnyAction } from './action.ts'
import { actionFaults } from './action.ts'
import { Applier } from './apply.ts'
import { isKeptCall, restoreCalls } from './call/bookmark.ts'
import type { DestinationKind, LastResort } from './call/call.types.ts'
import { ExchangeCalls } from './call/calls.ts'
import { Exchange } from './call/exchange.ts'
import { takeCall } from './call/incoming.ts'
import { Pages } from './call/page.ts'
import type { PhaseEntry } from './call/phases.ts'
import type { RestoredLeg, SipEvent, SwitchConfig } from './call/sip-port.ts'
import { TIMED_OUT, within } from './clock.ts'
import { contextOf, observerFault, type Shared, type World } from './context.ts'
import { Events, type ToldFact } from './events.ts'
import type { Grant, Parts, Problem } from './feature.ts'
import { Kinds } from './kinds.ts'
import { may } from './may.ts'
import { type AnyFeature, inOrder } from './order.ts'
import { problemsOf } from './problems.ts'
import type { ChangeSet, Who } from './store.ts'
import { Troubles } from './trouble.ts'

/** How long a feature may take to start, in milliseconds. */
const START_DEADLINE = 10_000
/** How often the health page's list is looked at for changes, in milliseconds. */
const PROBLEMS_EVERY = 5_000
/** The feature whose settings say what is switched off. */
const OPTIONAL = 'optional-features'

export interface HostOptions extends World {
  readonly features: readonly AnyFeature[]
  /** Opens the switch once the features run, so that lines and bindings are known before the first INVITE. */
  readonly switchConfig?: () => SwitchConfig
  /** What `sip.start` found again, when the caller opened the switch itself. */
  readonly restored?: readonly RestoredLeg[]
  /** Rights until a feature answers for them. */
  readonly grantsOf?: (who: Who) => readonly Grant[]
  /** Every fact from the first on. */
  readonly observer?: (told: ToldFact) => void
}

/** A feature that runs. */
export interface Running {
  readonly feature: AnyFeature
  readonly parts: Parts
  readonly stop: AbortController
}

/** Starts everything; resolves when calls are taken. A feature that cannot start is left out and shown. */
export async function startHost(o: HostOptions): Promise<Host> {
  const host = new Host(o)
  await host.open()
  return host
}

export class Host {
  readonly calls: ExchangeCalls
  readonly exchange: Exchange
  readonly running = new Map<string, Running>()
  /** Why features did not start, by name. */
  readonly failed = new Map<string, string>()
  readonly features: readonly AnyFeature[]
  readonly applier: Applier
  readonly shared: Shared
  readonly #o: HostOptions
  readonly #forgets: (() => void)[] = []
  #early: SipEvent[] | undefined = []
  #phaseEntries: readonly PhaseEntry[] | undefined

  constructor(o: HostOptions) {
    this.#o = o
    this.features = inOrder(o.features)
    this.applier = new Applier(o.clock, o.log)
    const troubles = new Troubles(o.clock)
    const events = new Events(fault => observerFault({ log: o.log, troubles }, fault))
    const destinations = new Kinds<DestinationKind>()
    const lastResort = o.live.collection<LastResort>('kernel.last-resort', { keep: 'power' })
    this.exchange = new Exchange({
      sip: o.sip,
      board: o.board,
      clock: o.clock,
      log: o.log,
      store: o.store,
      troubles,
      destinations,
      kept: o.live.collection('kernel.calls', { keep: 'restart', accept: isKeptCall }),
      phases: () => this.#phases(),
      lastResort: () => lastResort.get('now'),
      emit: (name, fact) => events.emit(name, fact),
      others: event => this.#others(event),
      invited: invite => void takeCall(this.exchange, invite),
    })
    this.calls = new ExchangeCalls(this.exchange, new Pages(this.exchange), lastResort)
    this.shared = {
      ...o,
      calls: this.calls,
      events,
      destinations,
      actions: new Kinds<AnyAction>(),
      troubles,
      may: (who, verb, on) => this.may(who, verb, on),
      apiOf: feature => this.running.get(feature.name)?.parts.api,
    }
  }

  /** Essential features that do not run: the box is in safe mode when there is one. */
  get safeMode(): readonly string[] {
    return this.features.filter(one => one.essential && !this.running.has(one.name)).map(one => one.name)
  }

  may(who: Who, verb: string, on?: object): boolean {
    return may(one => this.#grantsOf(one), who, verb, on)
  }

  problems(): readonly Problem[] {
    return problemsOf(this)
  }

  /** Every fact of every feature; the returned function ends it. */
  observe(observer: (told: ToldFact) => void): () => void {
    return this.shared.events.onAll('observer', observer)
  }

  async open(): Promise<void> {
    const { sip, store, clock, observer } = this.#o
    if (observer) this.observe(observer)
    sip.on(events => this.#take(events))
    for (const feature of this.features) await this.#startIfWanted(feature)
    this.#rearm()
    store.useRegistry({
      destination: () => undefined,
      action: ref => (this.shared.actions.get(ref.kind) ? actionFaults(this.shared.actions, ref) : {}),
      params: kind => this.shared.actions.get(kind)?.params,
      networks: () => sip.networks(),
    })
    this.#forgets.push(store.onChange(change => this.#changed(change)))
    let known = ''
    this.#forgets.push(
      clock.every(PROBLEMS_EVERY, () => {
        const problems = this.problems()
        const now = problems.map(problem => problem.code).join(' ')
        if (now !== known) this.shared.events.emit('problems.changed', { count: problems.length })
        known = now
      }),
    )
    const restored = this.#o.switchConfig ? (await sip.start(this.#o.switchConfig())).restored : this.#o.restored
    const alive = restoreCalls(this.exchange, restored ?? [])
    const early = this.#early ?? []
    this.#early = undefined
    this.exchange.take(early)
    this.shared.events.emit('calls.open', { restored: alive })
  }

  /** While no feature takes emergency calls, the switch still knows their numbers, as they last were. */
  #rearm(): void {
    const last = this.exchange.parts.lastResort()
    if (last && !this.shared.destinations.get('emergency')) this.#o.sip.setEmergency(last)
  }

  /** Stops features in reverse order, each told by its signal; calls in progress stay with the switch. */
  async stop(): Promise<void> {
    for (const forget of this.#forgets.splice(0)) forget()
    for (const running of [...this.running.values()].reverse()) this.#stopOne(running)
  }

  #take(events: readonly SipEvent[]): void {
    if (this.#early) this.#early.push(...events)
    else this.exchange.take(events)
  }

  #others(event: SipEvent): void {
    for (const { feature, parts } of this.running.values()) {
      try {
        parts.sip?.observe?.(event)
      } catch (error) {
        observerFault(this.shared, { feature: feature.name, what: event.type, error })
      }
    }
  }

  /** Asked several times for each call: gathered once for the features that run. */
  #phases(): readonly PhaseEntry[] {
    this.#phaseEntries ??= [...this.running.values()].flatMap(({ feature, parts }) =>
      parts.phases ? [{ feature: feature.name, phases: parts.phases }] : [],
    )
    return this.#phaseEntries
  }

  #grantsOf(who: Who): readonly Grant[] {
    for (const { parts } of this.running.values()) if (parts.grantsOf) return parts.grantsOf(who)
    return this.#o.grantsOf?.(who) ?? []
  }

  async #startIfWanted(feature: AnyFeature): Promise<void> {
    this.failed.delete(feature.name)
    if (this.isOff(feature)) return
    const missing = feature.needs?.find(needed => !this.running.has(needed.name))
    if (missing) {
      this.failed.set(feature.name, `it needs "${missing.name}", which does not run`)
      return
    }
    const stop = new AbortController()
    try {
      const context = contextOf(this.shared, feature, stop.signal)
      const begun = (async () => feature.start(context as never))()
      const parts = await within(this.#o.clock, START_DEADLINE, begun)
      if (parts === TIMED_OUT) throw new Error('it did not start within ten seconds')
      this.#register({ feature, parts, stop })
    } catch (error) {
      stop.abort(error)
      this.#o.log.error('a feature did not start', { feature: feature.name, error })
      this.failed.set(feature.name, error instanceof Error ? error.message : String(error))
    }
  }

  #register(running: Running): void {
    const { feature, parts } = running
    for (const [kind, destination] of Object.entries(parts.destinations ?? {})) {
      if (!this.shared.destinations.add(feature.name, kind, destination))
        this.#duplicate(feature, `destination "${kind}"`)
    }
    for (const [kind, action] of Object.entries(parts.actions ?? {})) {
      const added = this.shared.actions.add(feature.name, kind, action as unknown as AnyAction)
      if (!added) this.#duplicate(feature, `action "${kind}"`)
    }
    const slot = parts.phases?.route?.slot
    const taken = slot && this.#phases().some(entry => entry.phases.route?.slot === slot)
    if (taken) this.#duplicate(feature, `route slot "${slot}"`)
    this.running.set(feature.name, running)
    this.#phaseEntries = undefined
  }

  #duplicate(feature: AnyFeature, what: string): void {
    this.shared.troubles.raise({
      code: `host.duplicate:${feature.name}`,
      severity: 'serious',
      text: `"${feature.name}" offers the ${what}, which another feature offers already; the first keeps it.`,
      remedy: 'This is a mistake in the firmware: report it, and switch one of the two off.',
    })
  }

  #stopOne({ feature, stop }: Running): void {
    stop.abort(new Error(`"${feature.name}" stops`))
    this.shared.destinations.removeOf(feature.name)
    this.shared.actions.removeOf(feature.name)
    this.running.delete(feature.name)
    this.#phaseEntries = undefined
  }

  /** Whether it was switched off, or needs one that was. */
  isOff(feature: AnyFeature): boolean {
    const named = this.features.some(one => one.name === OPTIONAL)
    const { off = [] } = named ? this.#o.store.settings<{ off?: readonly string[] }>(OPTIONAL) : {}
    const isOff = (one: AnyFeature): boolean =>
      (one.optional === true && off.includes(one.name)) || (one.needs ?? []).some(isOff)
    return isOff(feature)
  }

  #changed(change: ChangeSet): void {
    const kinds = new Set(change.changes.map(one => (one.kind === 'settings' ? one.id : one.kind)))
    for (const { feature, parts } of this.running.values()) {
      const touched = kinds.has(feature.name) || feature.resources?.some(resource => kinds.has(resource.kind))
      if (touched && parts.apply) this.applier.run(feature.name, change.rev, () => parts.apply?.())
    }
    if (kinds.has(OPTIONAL)) void this.#switchFeatures()
    this.shared.events.emit('document.changed', { rev: change.rev, kinds: [...kinds] })
  }

  async #switchFeatures(): Promise<void> {
    for (const running of [...this.running.values()].reverse()) {
      if (this.isOff(running.feature)) this.#stopOne(running)
    }
    for (const feature of this.features) if (!this.running.has(feature.name)) await this.#startIfWanted(feature)
  }
}
