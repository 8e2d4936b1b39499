// The native addon and its functions: what crosses the boundary, before it is given the words of the port.
import { createRequire } from 'node:module'
import type { HeardOfGroup, Network } from '../../../firmware/kernel/call/sip-port.ts'

/** Functions of the addon. Commands return at once; a wrong argument throws a TypeError. */
export interface SwitchAddon {
  /** `deliver` is called with a JSON array of events. */
  observe(deliver: (batch: string) => void): void
  start(config: object): void
  stop(keep: boolean): void
  join(): void
  setLines(lines: readonly object[]): void
  setBindings(bindings: readonly object[]): void
  dropBinding(line: string, contact: string): void
  setEmergency(o: object): void
  setTrunks(o: object): void
  setEncryption(o: object): void
  keepConnections(peers: readonly object[]): void
  qualifyEvery(seconds: number): void
  /** JSON of a SwitchDump; null when the switch does not answer. */
  dump(): string | null
  invite(o: object): void
  ring(leg: string, o: object): void
  answer(leg: string, media: object, o: object): void
  hangup(leg: string, cause: string, o: object): void
  bridge(a: string, b: string): void
  unbridge(leg: string): void
  respond(request: string, status: number, o: object): void
  sendInfo(leg: string, contentType: string, body: string): void
  outOfDialog(o: object): void
  setEventPackages(names: readonly string[]): void
  setSubscriptions(subscriptions: readonly object[]): void
  notify(subscriptions: readonly string[], o: object): void
  endSubscription(subscription: string, o: object): void
  loadSound(sound: string, file: string): Promise<{ seconds: number }>
  dropSound(sound: string): void
  play(leg: string, play: string, list: object): void
  stopPlay(leg: string, play: string): void
  tone(leg: string, play: string, o: object): void
  sendDigits(leg: string, digits: string): void
  record(leg: string, file: string, own: string): void
  stopRecord(leg: string): void
  mix(mix: string, members: readonly object[]): void
  unmix(mix: string): void
  overhear(ear: string, on: string, manner: string): void
  endOverhear(ear: string): void
  page(o: object): void
  joinPage(page: string, listener: object): void
  leavePage(page: string, listener: string): void
  stopPage(page: string): void
  networks(): readonly Network[]
  /** Both: why not, as the system calls it (EPERM); empty when it is so. */
  openGroupEar(): string
  tapProbes(on: boolean): string
  closeGroupEar(): void
  heardOfGroups(): readonly HeardOfGroup[]
}

/** Loads the addon; `PLANT_SWITCH_ADDON` names another build of it (sanitizers). */
export function loadAddon(): SwitchAddon {
  const file = process.env.PLANT_SWITCH_ADDON ?? new URL('../build/switch.node', import.meta.url).pathname
  return createRequire(import.meta.url)(file) as SwitchAddon
}
