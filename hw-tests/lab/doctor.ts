// The multicast doctor on a host of the laboratory, with the sockets of the box itself: examines one stream over and over, and
// says what it found in a line each. Its clock runs fast: 260 seconds without a query pass in 2.6.
import { examine } from '../../firmware/features/paging/multicast-doctor/examination.ts'
import { QuerierWatch } from '../../firmware/features/paging/multicast-doctor/querier-watch.ts'
import { routedBy } from '../../firmware/features/paging/multicast-doctor/ways.ts'
import { systemClock } from '../../firmware/platform/system/system-clock.ts'
import { createSwitch } from '../../native/pjsip-binding/lib/index.ts'

const FASTER = 100

const [group = '', ...by] = process.argv.slice(2)
const sip = createSwitch()
const real = systemClock({ trusted: () => true })
const clock = { ...real, since: () => real.since() * FASTER }
const watch = new QuerierWatch({ sip, clock, signal: new AbortController().signal })
const stream = {
  name: 'Hall',
  framing: 'rtp',
  group,
  port: 5004,
  codec: 'PCMU',
  ttl: 4,
  listeners: [],
  doubted: false,
} as const

for (;;) {
  const networks = sip.networks()
  const ways = by.length > 0 ? by : await routedBy(group, { sip, networks })
  const streams = [{ stream: { ...stream, listeners: [] }, by: ways, listeners: [] }]
  const findings = await examine({ clock, watch, networks, streams })
  const said = findings.map(one => `${one.code.split('.')[1]} ${one.network}`)
  process.stdout.write(`${said.join(', ')}\n`)
}
