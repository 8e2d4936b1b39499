// Who hears what in the fake switch: players, bridges, mixes and pages, by name instead of by sample.
import type { FakeSip, SwitchLeg } from './fake-sip.ts'

/** Sounds by id, tones as `tone`, phones by name. */
export function heardBy(sip: FakeSip, it: SwitchLeg): readonly string[] {
  const sounds = [...it.plays.values()].flatMap(play => play.list?.sounds ?? ['tone'])
  return [...sounds, ...acrossTheBridge(sip, it), ...inMixes(sip, it), ...sip.pages.heardBy(it.leg)]
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
