// A switch in a process of its own, which its parent stops and lets go on: calls are refused, each as a feature would.
import type { SwitchConfig } from '../../../firmware/kernel/call/sip-port.ts'
import { createSwitch } from '../lib/index.ts'

const config = JSON.parse(process.argv[2] ?? '') as SwitchConfig
const sip = createSwitch()
sip.on(events => {
  for (const event of events) {
    if (event.type !== 'invite') continue
    if (event.emergency) process.send?.({ heard: event.callId })
    sip.hangup(event.leg, 'not-found')
  }
})
sip.setTrunks({ networks: ['127.0.0.0/8'], contacts: [] })
sip.setEmergency({ numbers: ['911', '9911'], networks: ['127.0.0.0/8', '::1/128'] })
await sip.start(config)
process.on('message', async message => {
  if (message === 'count') process.send?.({ counters: sip.dump().counters })
  if (message === 'stop') {
    await sip.stop()
    process.disconnect()
  }
})
process.send?.({ ready: true })
