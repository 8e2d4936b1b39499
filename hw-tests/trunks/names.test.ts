// Trunks by name against a real name server (dnsmasq) and carriers (SIPp) at several addresses.
import test, { type ExecutionContext } from 'ava'
import { TestBox } from '../lab/box.ts'
import { engineOf } from '../lab/engine.ts'
import { type NameRecord, NameServer } from '../lab/name-server.ts'
import { until } from '../lab/until.ts'
import { Sipp } from '../phones/sipp.ts'
import { answeringParty } from '../phones/sipp-scenarios.ts'
import { Voice } from '../phones/voice.ts'

const DEAD = '127.0.0.4'
const EDGE = '127.0.0.2'
const MOVED = '127.0.0.3'
const OUTSIDE = '93135550100'

async function carrier(t: ExecutionContext, host: string, calls: number): Promise<Sipp> {
  const sipp = await Sipp.start({ scenario: answeringParty, host, calls, timeoutSeconds: 180, echo: true })
  t.teardown(() => sipp.stop())
  return sipp
}

/** NAPTR → SRV → A: a host that is dead before the one that is there. */
const zone = (host: string, port: number): readonly NameRecord[] => [
  'naptr-record=carrier.example,10,10,S,SIP+D2U,,_edge._udp.carrier.example',
  'srv-host=_edge._udp.carrier.example,dead.carrier.example,9,10,1',
  `srv-host=_edge._udp.carrier.example,edge.carrier.example,${port},20,1`,
  `host-record=dead.carrier.example,${DEAD}`,
  `host-record=edge.carrier.example,${host}`,
]

interface TrunkState {
  readonly nameState: string
  readonly addresses: readonly { readonly address: string; readonly silent: boolean }[]
}

test.serial(
  'a carrier is found by its name; calls pass a dead host by, outlive the name server, and follow its records',
  async t => {
    const [edge, moved] = [await carrier(t, EDGE, 1), await carrier(t, MOVED, 3)]
    const names = await NameServer.start(zone(EDGE, edge.port))
    t.teardown(() => names.stop())
    const box = await TestBox.start()
    t.teardown(() => box.stop())
    await box.stations(['201'])
    const settings = { op: 'settings', feature: 'trunks', value: { nameServers: [names.address] } } as const
    await box.change('name servers', [settings])
    const trunk = { name: 'Carrier', host: 'carrier.example', transport: 'udp', heartbeatSeconds: 0 }
    await box.put('trunk', trunk)
    await box.put('outbound-rule', { name: 'Outside' })
    const phone = await Voice.registered(t, box, '201')
    const state = async () => (await box.ask<{ trunks: TrunkState[] }>('trunks/state')).trunks[0]
    const leadsTo = async (...wanted: string[]) => {
      const found = (await state())?.addresses.map(({ address }) => address) ?? []
      return found.join() === wanted.join()
    }
    const call = async () => {
      const made = await phone.phone.call(OUTSIDE)
      await made.whenAnswered(30)
      await made.hangup()
      // The carrier has been told, too.
      await until('both legs are over', async () => (await engineOf(box)).legs.length === 0)
    }
    await until('the name leads to both hosts, the preferred one first', () =>
      leadsTo(`${DEAD}:9`, `${EDGE}:${edge.port}`),
    )
    await call()
    t.true((await state())?.addresses.find(({ address }) => address.startsWith(DEAD))?.silent)
    t.like(await edge.whenDone(), { succeeded: 1, failed: 0 })
    await names.begin(zone(MOVED, moved.port))
    await until('the name leads elsewhere', () => leadsTo(`${MOVED}:${moved.port}`, `${DEAD}:9`))
    await call()
    await names.stop()
    await until('nobody answers for the name', async () => (await state())?.nameState === 'stale')
    await call()
    const before = box.pidOf('supervisor')
    box.signal('supervisor', 'SIGKILL')
    await until('the supervisor is another one', () => box.pidOf('supervisor') !== before)
    await box.ready()
    await call()
    t.like(await moved.whenDone(), { succeeded: 3, failed: 0 })
  },
)
