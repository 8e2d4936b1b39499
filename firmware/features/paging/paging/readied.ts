// A page made ready ahead of its moment: its words rendered, its endpoints resolved; at the moment it only begins.
import type { PageTarget, RunningPage } from '../../../kernel/call/call.types.ts'
import type { Trigger } from '../../../kernel/feature.ts'
import { begin, type Stage } from './announcer.ts'
import { type Said, speechOf } from './playlist.ts'

/** What is said to several zones, lower than any page of a person or an alarm. */
export interface BellOrder {
  readonly zones: readonly string[]
  readonly says: Said
  /** How long it may wait for an endpoint that something more urgent holds, or for a phone to answer, seconds. */
  readonly patienceSeconds: number
}

/** Ready to ring: nothing is looked up any more. */
export interface ReadyBell {
  /** In words; without anything to say it does not ring. */
  readonly missing: readonly string[]
  readonly sayable: boolean
  readonly endpoints: number
  /** One page for each zone; an endpoint of several zones belongs to the first. Begun when this returns. */
  ring(why: Trigger): readonly RunningPage[]
}

/** Resolves from memory what a bell needs. A restart does not make it again: a bell is not rung late by surprise. */
export function readied(stage: Stage, { zones, says, patienceSeconds }: BellOrder): ReadyBell {
  const speech = speechOf(says, stage.messages, undefined)
  const taken = new Set<string>()
  const parts = zones.flatMap(zone => {
    const targets = stage.zones.targets(zone).filter(({ key }) => !taken.has(key))
    for (const { key } of targets) taken.add(key)
    return targets.length === 0 ? [] : [{ zone, targets }]
  })
  const source = { kind: 'playlist', playlist: speech.playlist } as const
  const page = (why: Trigger) => (part: { zone: string; targets: readonly PageTarget[] }) =>
    begin(stage, { ...part, priority: 'bell', why, source, patienceSeconds })
  const sayable = speech.sounds.length > 0
  return {
    missing: speech.missing,
    sayable,
    endpoints: taken.size,
    ring: why => (sayable ? parts.map(page(why)) : []),
  }
}
