// A host small enough for tests of the web: features on a memory store, with neither calls nor records behind them.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Clock } from '../kernel/clock.ts'
import type { Context, Facts, Feature, Grant, Log, Parts, Problem, Route } from '../kernel/feature.ts'
import type { LiveCollection } from '../kernel/live.ts'
import { may } from '../kernel/may.ts'
import type { Who } from '../kernel/store.ts'
import type { Accounts, DescribedFeature, Description, ObservedFact, WebBox } from '../platform/http/ports.ts'
import { openWeb, type WebServer } from '../platform/http/web-server.ts'
import type { Collections } from '../platform/store/editor.ts'
import { createFakeBoard, type FakeBoard } from './fake-board.ts'
import { MemoryStore } from './memory-store.ts'

/** What a test's machine looks like. */
export const QUIET_MACHINE = { load: 0, cores: 2, memory: { totalBytes: 4e9, availableBytes: 3e9 }, disks: [] }

type AnyFeature = Feature<never, unknown>
type AnyRoute = Route<never, unknown>

/** A live collection in memory: what a test keeps in `shelf` outlives a "restart". */
export type Shelf = Map<string, Map<string, object>>

export interface WebHost {
  readonly box: WebBox
  readonly store: MemoryStore
  readonly board: FakeBoard
  readonly log: readonly string[]
  emit(feature: string, name: string, fact: unknown): void
  /** What a started feature offers. */
  part<A>(feature: Feature<never, A>): A
  stop(): void
}

export interface WebHostOptions {
  readonly features: readonly AnyFeature[]
  readonly clock: Clock
  readonly store?: MemoryStore
  readonly shelf?: Shelf
  /** What the box finds at its start. */
  readonly collections?: Collections
  /** Parts of the context that this test needs beyond store, live, board and clock. */
  readonly context?: Partial<Context<unknown>>
}

/** Starts features in order. */
export async function createWebHost(o: WebHostOptions): Promise<WebHost> {
  const store = o.store ?? newStore(o)
  const board = createFakeBoard()
  const observers = new Set<(fact: ObservedFact) => void>()
  const subscribers: { name: string; observe: (fact: never) => void }[] = []
  const parts = new Map<string, Parts<unknown>>()
  const stopping = new AbortController()
  const log: string[] = []
  const grantsOf = (who: Who): readonly Grant[] => [...parts.values()].flatMap(part => part.grantsOf?.(who) ?? [])
  const emit = (feature: string, name: string, fact: unknown) => {
    for (const one of subscribers) if (one.name === name) one.observe(fact as never)
    for (const observer of observers) observer({ feature, name, fact })
  }
  const shelf: Shelf = o.shelf ?? new Map()
  const mayDo: WebBox['may'] = (who, verb, on) => may(grantsOf, who, verb, on)
  for (const feature of o.features) {
    const context = {
      get settings() {
        return store.settings(feature.name)
      },
      signal: stopping.signal,
      log: logTo(log),
      clock: o.clock,
      store,
      live: { collection: (name: string) => collectionOn(shelf, `${feature.name}.${name}`) },
      board,
      may: mayDo,
      use: (needed: AnyFeature) => parts.get(needed.name)?.api,
      emit: (name: keyof Facts, fact: unknown) => emit(feature.name, name, fact),
      on: (name: string, observe: (fact: never) => void) => void subscribers.push({ name, observe }),
      ...o.context,
    }
    parts.set(feature.name, await feature.start(context as unknown as Context<never>))
  }
  store.onChange(change => {
    for (const part of parts.values()) void part.apply?.()
    emit('kernel', 'document.changed', { rev: change.rev, kinds: [...new Set(change.changes.map(one => one.kind))] })
  })
  const describe = () => descriptionOf(o.features, parts)
  const observe: WebBox['observe'] = observer => {
    observers.add(observer)
    return () => void observers.delete(observer)
  }
  return {
    box: { clock: o.clock, log: logTo(log), store, describe, may: mayDo, observe, look: async () => QUIET_MACHINE },
    store,
    board,
    log,
    emit,
    part: <A>(feature: Feature<never, A>) => parts.get(feature.name)?.api as A,
    stop: () => stopping.abort(),
  }
}

/** Serves a host's web on a free port of the loop-back address, with keys of its own that vanish at `close`. */
export async function openTestWeb(host: WebHost, accounts: Accounts, pages?: string): Promise<WebServer> {
  const keys = await mkdtemp(join(tmpdir(), 'web-keys-'))
  const names = ['localhost', '127.0.0.1']
  const web = await openWeb(host.box, accounts, {
    host: '127.0.0.1',
    port: 0,
    names,
    keys,
    ...(pages ? { pages } : {}),
  })
  const close = async () => {
    await web.close()
    await rm(keys, { recursive: true })
  }
  return { ...web, close }
}

export function newStore(o: { features: readonly AnyFeature[]; clock: Clock; collections?: Collections }): MemoryStore {
  const settings = o.features.flatMap(feature => (feature.settings ? [[feature.name, feature.settings] as const] : []))
  const kinds = o.features.flatMap(feature => feature.resources ?? [])
  return new MemoryStore({
    kinds,
    settings: Object.fromEntries(settings),
    now: () => o.clock.now(),
    ...(o.collections ? { collections: o.collections } : {}),
  })
}

function descriptionOf(features: readonly AnyFeature[], parts: ReadonlyMap<string, Parts<unknown>>): Description {
  const described = features.map(
    (feature): DescribedFeature => ({
      name: feature.name,
      about: feature.about,
      resources: feature.resources ?? [],
      permissions: feature.permissions ?? {},
      words: feature.words ?? {},
      routes: (parts.get(feature.name)?.routes ?? []) as readonly AnyRoute[],
      hooks: parts.get(feature.name)?.hooks ?? [],
      touches: parts.get(feature.name)?.touches ?? {},
      ...(feature.settings ? { settings: feature.settings } : {}),
    }),
  )
  const all = [...parts.values()]
  return {
    features: described,
    destinations: Object.assign({}, ...all.map(part => part.destinations ?? {})),
    actions: Object.assign({}, ...all.map(part => part.actions ?? {})),
    problems: all.flatMap((part): readonly Problem[] => part.problems?.() ?? []),
    metrics: Object.assign({}, ...all.map(part => part.metrics?.() ?? {})),
    safeMode: false,
  }
}

function collectionOn<T extends object>(shelf: Shelf, name: string): LiveCollection<T> {
  const kept = (shelf.get(name) ?? new Map()) as Map<string, T>
  shelf.set(name, kept as Map<string, object>)
  return {
    get: id => kept.get(id),
    all: () => kept,
    set: (id, value) => void kept.set(id, value),
    setNow: async (id, value) => void kept.set(id, value),
    delete: id => void kept.delete(id),
    deleteNow: async id => void kept.delete(id),
  }
}

const logTo = (lines: string[]): Log => {
  const at = (level: string) => (text: string, fields?: object) => {
    lines.push(`${level} ${text} ${JSON.stringify(fields ?? {})}`)
  }
  return { debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') }
}
