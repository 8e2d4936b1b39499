// The fake switch keeps what every switch promises.
import test from 'ava'
import { FakeClock } from './fake-clock.ts'
import { FakeSip } from './fake-sip.ts'
import type { Watching } from './fake-watchers.ts'
import { sipPortContract } from './sip-port-contract.ts'
import type { SipPeer, SipRig } from './sip-port-stage.ts'
import type { VirtualPhone } from './virtual-phone.ts'

/** Steps of the clock until something holds, 100 ms each: a minute. */
const STEPS = 600

sipPortContract(test, {
  name: 'fake switch',
  async open(): Promise<SipRig> {
    const clock = new FakeClock()
    const sip = new FakeSip(clock)
    const events: Parameters<Parameters<FakeSip['on']>[0]>[0][number][] = []
    sip.on(batch => events.push(...batch))
    const numbers = ['201', '202', '203']
    const lines = numbers.map(authName => ({ line: `lin_${authName}`, authName, ha1Md5: '', ha1Sha256: '' }))
    sip.setLines(lines)
    return {
      port: sip,
      events,
      async peer(number) {
        const phone = sip.phone({ name: number, line: `lin_${number}` })
        phone.registers()
        return peerOf(sip, phone)
      },
      mustEncrypt: () => sip.setLines(lines.map(line => ({ ...line, encryption: 'required' }))),
      async sound(name, seconds) {
        sip.sounds.set(name, seconds)
        await sip.loadSound(name, `/sounds/${name}.wav`)
      },
      async until(what, condition) {
        for (let step = 0; step < STEPS; step += 1) {
          await Promise.resolve()
          if (condition()) return
          await clock.advance(100)
        }
        throw new Error(`waited in vain for ${what}`)
      },
      file: name => `/recordings/${name}`,
      close: async () => {},
    }
  },
})

function peerOf(sip: FakeSip, phone: VirtualPhone): SipPeer {
  let watching: Watching | undefined
  const states = { calls: 'calling', 'is called': 'ringing' } as const
  return {
    binding: phone.binding(sip.clock.now()),
    state() {
      const { call } = phone
      if (call === undefined) return 'idle'
      return call.state === 'ringing' ? states[call.direction] : call.state
    },
    hearsRinging: () => phone.call?.ringBack === true,
    hasEarlyMedia: () => phone.call?.earlyMedia === true,
    refusedWith: () => phone.call?.status ?? 0,
    dials: number => void phone.dials(number),
    dialsToReplace(number, other) {
      const replaced = sip.phones.get(other.binding.line.replace('lin_', ''))?.call?.leg ?? ''
      phone.dials(number, { replaces: replaced })
    },
    answers: () => phone.answers(),
    refuses: status => (status === 486 ? phone.isBusy() : phone.declines()),
    sendsTo: (...numbers) => phone.deflects(...numbers.toReversed()),
    cancels: () => phone.hangsUp(),
    hangsUp: () => phone.hangsUp(),
    holds: held => phone.holds(held),
    tells: text => phone.tells(text),
    transfersTo: number => phone.refers(`sip:${number}@box`),
    asksFor: number => phone.asksFor(number),
    told: () => phone.told,
    outcomes: () => phone.outcomes,
    watches(what, target) {
      watching = sip.watchers.subscribes(phone, { package: what, target })
    },
    refreshesWatch: () => watching && sip.watchers.refreshes(watching),
    endsWatch: () => watching && sip.watchers.leaves(watching),
    watched: () => watching?.told ?? [],
    watchState: () => watching?.state ?? 'over',
    watchRefusedWith: () => watching?.status ?? 0,
    listens: () => {},
    hears: what => phone.hears(what),
  }
}
