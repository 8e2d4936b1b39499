// Who hears what in the fake switch: players, bridges, mixes and pages, by name instead of by sample.
import type { Overhearing } from '../kernel/call/sip-port.ts'
import type { FakeSip, SwitchLeg } from './fake-sip.ts'

/** Sounds by id, tones as `tone`, phones by name. */
export function heardBy(sip: FakeSip, it: SwitchLeg): readonly string[] {
  const sounds = [...it.plays.values()].flatMap(play => play.list?.sounds ?? ['tone'])
  return [
    ...sounds,
    ...acrossTheBridge(sip, it),
    ...inMixes(sip, it),
    ...overheard(sip, it),
    ...sip.pages.heardBy(it.leg),
  ]
}

function acrossTheBridge(sip: FakeSip, it: SwitchLeg): readonly string[] {
  const peer = it.bridgedWith === undefined ? undefined : sip.legs.get(it.bridgedWith)
  return peer && !peer.held ? [peer.phone.name] : []
}

function inMixes(sip: FakeSip, it: SwitchLeg): readonly string[] {
  return [...sip.mixes.values()]
    .filter(members => members.some(member => member.leg === it.leg && member.hears))
    .flatMap(members => members.filter(member => member.speaks && member.leg !== it.leg))
    .flatMap(member => sip.legs.get(member.leg)?.phone.name ?? [])
}

/** Somebody who listens, whispers or speaks into a bridge. */
export interface FakeEar {
  readonly on: string
  readonly manner: Overhearing
}

/** An ear hears both sides; a side hears the ears that speak to it. */
function overheard(sip: FakeSip, it: SwitchLeg): readonly string[] {
  const own = sip.ears.get(it.leg)
  const sides = own === undefined ? [] : [own.on, sip.legs.get(own.on)?.bridgedWith ?? '']
  const ears = [...sip.ears].flatMap(([ear, { on, manner }]) => {
    const spokenTo = (on === it.leg && manner !== 'listen') || (on === it.bridgedWith && manner === 'speak')
    return spokenTo ? [ear] : []
  })
  return [...sides, ...ears].flatMap(leg => sip.legs.get(leg)?.phone.name ?? [])
}

/** Takes effect where there is a bridge, and the ear is neither of its sides. */
export function overhear(sip: FakeSip, ear: string, o: FakeEar): void {
  const own = sip.legs.get(ear)
  const side = sip.legs.get(o.on)
  if (!own || side?.bridgedWith === undefined || ear === o.on || ear === side.bridgedWith) return
  sip.parted(own)
  leaveMixes(sip, ear)
  sip.ears.set(ear, o)
}

/** A leg that leaves its bridge is an ear no more and has none. */
export function leaveOverheard(sip: FakeSip, leg: string): void {
  for (const [ear, { on }] of sip.ears) if (ear === leg || on === leg) sip.ears.delete(ear)
}

type Members = readonly { leg: string; speaks: boolean; hears: boolean }[]

/** Legs that have just ended are left out; without any there is no mix. */
export function setMix(sip: FakeSip, mix: string, wanted: Members): void {
  const members = wanted.filter(member => sip.legs.has(member.leg))
  for (const { leg } of members) {
    const it = sip.legs.get(leg)
    if (it) sip.parted(it)
  }
  if (members.length) sip.mixes.set(mix, members)
  else sip.mixes.delete(mix)
}

/** A mix that loses its last leg is over. */
export function leaveMixes(sip: FakeSip, leg: string): void {
  for (const [mix, members] of sip.mixes) {
    const left = members.filter(member => member.leg !== leg)
    if (left.length) sip.mixes.set(mix, left)
    else sip.mixes.delete(mix)
  }
}
