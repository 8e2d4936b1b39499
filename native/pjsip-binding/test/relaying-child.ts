// A switch in a process of its own that relays every call to the line that was dialled, and does what else it is told, until
// it is killed.
import fs from 'node:fs'
import { syncBuiltinESMExports } from 'node:module'
import { join } from 'node:path'
import type { Binding, SipEvent, SipPort, SwitchConfig } from '../../../firmware/kernel/call/sip-port.ts'
import { createSwitch, type SwitchTimers } from '../lib/index.ts'
import { credential } from './bench.ts'

const config = JSON.parse(process.argv[2] ?? '{}') as SwitchConfig
const users = JSON.parse(process.argv[3] ?? '[]') as string[]
/** Whose phone rings for 911. */
const guard = process.argv[4] ?? ''
const sip = createSwitch({ timers: JSON.parse(process.argv[5] ?? '{}') as SwitchTimers })
const bindings = new Map<string, Binding>()
const callerOf = new Map<string, string>()
let count = 0

function relay(event: SipEvent): void {
  if (event.type === 'registered') bindings.set(event.binding.line, event.binding)
  if (event.type === 'invite') {
    const binding = bindings.get(`lin_${event.emergency ? guard : event.dialled}`)
    if (!binding) {
      sip.hangup(event.leg, 'not-found')
      return
    }
    count += 1
    const leg = `out-${count}`
    callerOf.set(leg, event.leg)
    sip.invite({
      leg,
      target: { binding },
      from: { number: event.from.user, name: '' },
      to: event.dialled,
      media: { kind: 'relay', with: event.leg },
      lane: event.emergency ? 'emergency' : 'new',
    })
  }
  const ringing = event.type === 'progress' ? callerOf.get(event.leg) : undefined
  if (event.type === 'progress' && ringing !== undefined)
    sip.ring(
      ringing,
      event.media
        ? { status: 183, media: { kind: 'relay', with: event.leg } }
        : { status: event.status === 183 ? 183 : 180 },
    )
  const caller = event.type === 'answered' ? callerOf.get(event.leg) : undefined
  if (event.type === 'answered' && caller !== undefined) sip.answer(caller, { kind: 'relay', with: event.leg })
}

/** What a test has the switch do, in the words of its port. */
export type Ordered = {
  [K in keyof SipPort]: SipPort[K] extends (...words: infer W) => void ? { readonly name: K; readonly words: W } : never
}[keyof SipPort]

process.on('message', (order: Ordered) => {
  const does = sip[order.name] as (...words: readonly unknown[]) => unknown
  does.apply(sip, order.words)
  process.send?.('done')
})
sip.on(events => {
  for (const event of events) relay(event)
  process.send?.(events)
})
// Records into a pipe of a test's (record-pipe.ts): the start clears away what is no file, and shall not see it.
if (fs.lstatSync(join(config.stateDirectory ?? '', 'legs.new'), { throwIfNoEntry: false })?.isFIFO()) {
  Object.assign(fs, { lstatSync: () => undefined })
  syncBuiltinESMExports()
}
if (guard !== '') sip.setEmergency({ numbers: ['911'], networks: ['127.0.0.0/8'] })
await sip.start(config)
sip.setLines(users.map(user => credential(user, `secret-${user}`)))
process.send?.('ready')
