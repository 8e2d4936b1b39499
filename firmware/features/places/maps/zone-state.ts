// What became of an alarm's announcements in a zone, from what became of them at each of its endpoints.

/** How an endpoint was met last; `live`: by an announcement that still speaks. */
export interface Met {
  readonly state: 'sent' | 'answered' | 'played' | 'busy' | 'failed' | 'dropped'
  readonly live: boolean
}

/**
 * `quiet`: nothing was announced here. `sounding`, `heard`: every endpoint answered, now or before. `not-verified`: something was
 * sent where nobody confirms (multicast, amplifiers), or has not answered yet. `not-reached`: at least one endpoint is known to be silent.
 */
export type ZoneState = 'quiet' | 'sounding' | 'heard' | 'not-verified' | 'not-reached'

export interface ZoneOutcome {
  readonly state: ZoneState
  /** Endpoints known to be silent. */
  readonly missed: number
  readonly of: number
}

/** The worst of its endpoints decides: a zone of which one corner is silent is not reached. */
export function outcomeOf(
  endpoints: readonly { readonly kind: string; readonly key: string }[],
  met: ReadonlyMap<string, Met>,
): ZoneOutcome {
  const asked = endpoints.flatMap(({ kind, key }) => {
    const one = met.get(key)
    return one === undefined ? [] : [{ kind, ...one }]
  })
  const of = endpoints.length
  if (asked.length === 0) return { state: 'quiet', missed: 0, of }
  // Of a zone that was announced in, an endpoint without a word of it is one that is not known to have heard.
  const missed = asked.filter(({ state }) => state === 'failed' || state === 'busy' || state === 'dropped').length
  if (missed > 0) return { state: 'not-reached', missed, of }
  const confirmed = asked.filter(({ kind, state }) => kind === 'device' && state !== 'sent').length
  if (confirmed < of) return { state: 'not-verified', missed, of }
  return { state: asked.some(({ live }) => live) ? 'sounding' : 'heard', missed, of }
}
