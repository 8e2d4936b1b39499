// What every page knows: who is signed in, what the box can do, and the live feed.
import { useQuery, useQueryClient } from '@tanstack/react-query'
import { createContext, type ReactNode, useContext, useEffect, useSyncExternalStore } from 'react'
import { type ApiError, api } from './api.ts'
import type { Feed, FeedState } from './feed.ts'
import type { Node } from './schema.ts'

export interface SignedIn {
  readonly user: {
    readonly id: string
    readonly name: string
    readonly signIn: string
    readonly roles: readonly string[]
  }
  readonly mustChangePassword: boolean
  readonly permissions: readonly string[]
}
export interface Kind {
  readonly kind: string
  readonly title: readonly [one: string, many: string]
  readonly label: string
  readonly schema: Node
  readonly feature: string
  readonly manage: boolean
}
export interface FeatureView {
  readonly name: string
  readonly about: string
  readonly view: boolean
  readonly manage: boolean
  readonly settings?: Node
  readonly resources: readonly Omit<Kind, 'feature' | 'manage'>[]
  readonly routes: readonly { readonly method: string; readonly path: string; readonly permission: string }[]
}
export interface Described {
  readonly safeMode: boolean
  readonly features: readonly FeatureView[]
}

interface Box {
  readonly session: SignedIn
  readonly described: Described
  readonly feed: Feed
}
const BoxContext = createContext<Box | undefined>(undefined)

export function BoxProvider(props: Box & { readonly children: ReactNode }) {
  const { children, ...box } = props
  return <BoxContext.Provider value={box}>{children}</BoxContext.Provider>
}

export function useBox(): Box {
  const box = useContext(BoxContext)
  if (!box) throw new Error('used outside of a signed-in page')
  return box
}

/** Whether the signed-in person holds a permission. */
export const useMay = (permission: string): boolean => useBox().session.permissions.includes(permission)

/** Whether the box offers this verb at all, and to this person. */
export function useRoute(path: string): boolean {
  const { described, session } = useBox()
  return described.features.some(feature =>
    feature.routes.some(route => route.path === path && session.permissions.includes(route.permission)),
  )
}

export const kindsOf = (described: Described): readonly Kind[] =>
  described.features.flatMap(feature =>
    feature.resources.map(kind => ({ ...kind, feature: feature.name, manage: feature.manage })),
  )

export function useFeedState(): FeedState {
  const { feed } = useBox()
  return useSyncExternalStore(feed.watch, () => feed.state)
}

/** Facts may come in bursts: a table is fetched anew at most this often. */
const CALM = 200

/** What was fetched under this key is fetched anew when a fact comes whose name begins with one of `beginnings`. */
export function useLive(key: string, beginnings: readonly string[], o: { enabled?: boolean } = {}): void {
  const { feed } = useBox()
  const client = useQueryClient()
  const prefixes = beginnings.join(' ')
  const enabled = o.enabled ?? true
  useEffect(() => {
    if (prefixes === '' || !enabled) return
    let timer: ReturnType<typeof setTimeout> | undefined
    const stop = feed.observe(prefixes.split(' '), () => {
      timer ??= setTimeout(() => {
        timer = undefined
        void client.invalidateQueries({ queryKey: [key] })
      }, CALM)
    })
    return () => {
      stop()
      clearTimeout(timer)
    }
  }, [feed, client, key, prefixes, enabled])
}

/** Fetches `/api/<path>`, and anew when a fact comes whose name begins with one of `live`. */
export function useGet<T>(
  path: string,
  o: { live?: readonly string[]; enabled?: boolean; everySeconds?: number } = {},
) {
  const live = o.live ?? []
  const enabled = o.enabled ?? true
  useLive(path, live, { enabled })
  return useQuery<T, ApiError>({
    queryKey: [path],
    queryFn: () => api<T>('GET', path),
    enabled,
    // Nobody watched the feed for a page that was closed: what it showed may be old by the time it is opened again.
    ...(live.length === 0 ? {} : { staleTime: 0 }),
    refetchInterval: o.everySeconds === undefined ? false : o.everySeconds * 1_000,
  })
}

/** Fetches everything anew whose path begins so. */
export function useRefresh(): (...beginnings: readonly string[]) => Promise<void> {
  const client = useQueryClient()
  return (...beginnings) =>
    client.invalidateQueries({
      predicate: query => beginnings.some(beginning => String(query.queryKey[0]).startsWith(beginning)),
    })
}
