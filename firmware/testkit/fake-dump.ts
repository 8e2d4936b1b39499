// What the fake switch knows, in the switch's own words: counters are zero when nothing is up.
import type { SwitchDump } from '../kernel/call/sip-port.ts'
import type { FakeSip } from './fake-sip.ts'

export function dumpOf(sip: FakeSip): SwitchDump {
  const legs = [...sip.legs.values()]
  return {
    legs: legs.map(({ leg, state, bridgedWith }) => ({
      leg,
      state,
      ...(bridgedWith !== undefined && { bridgedWith }),
    })),
    dialogs: legs.length,
    transactions: 0,
    pools: 0,
    mediaPorts: legs.length,
    players: legs.reduce((sum, it) => sum + it.plays.size, 0),
    recorders: legs.reduce((sum, it) => sum + it.files.size, 0),
    mixes: sip.mixes.size,
    pages: sip.pages.size,
    bindings: sip.bindings.size,
    subscriptions: sip.watchers.size,
    counters: {},
  }
}
