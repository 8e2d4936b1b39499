// Trunks over TLS: two boxes that are each other's carrier, know one another by certificate, and speak sealed.
import { X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty, engineOf } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { hearEachOther, talk, Voice } from '../phones/voice.ts'

const OTHER = '127.0.0.2'

async function boxOf(t: ExecutionContext, host?: string): Promise<TestBox> {
  const box = await TestBox.start(host === undefined ? {} : { host })
  t.teardown(() => box.stop())
  return box
}

const fileOf = (box: TestBox, name: string) => readFileSync(join(box.data, 'box', name), 'utf8')

/** The other box as a carrier: its certificate is for this machine, not for the address it stands at. */
const trunkTo = (other: TestBox, o: object = {}) => ({
  name: 'Other plant',
  host: other.host,
  port: other.sipTlsPort,
  transport: 'tls',
  domain: 'localhost',
  authorities: fileOf(other, 'authority.crt'),
  heartbeatSeconds: 1,
  ...o,
})

interface TrunkState {
  readonly health: string
  readonly why?: string
  readonly addresses: readonly { readonly connected?: boolean }[]
}
const stateOf = async (box: TestBox) => (await box.ask<{ trunks: TrunkState[] }>('trunks/state')).trunks[0]
const isConnected = async (box: TestBox) => {
  const state = await stateOf(box)
  return state?.health === 'healthy' && state.addresses[0]?.connected === true
}

/** A trunk that is believed only when it should be: by authority and name, and then by fingerprint alone. */
async function isBelieved(t: ExecutionContext, here: TestBox, there: TestBox): Promise<void> {
  const id = await here.put('trunk', trunkTo(there, { authorities: fileOf(here, 'authority.crt') }))
  const says = async (why: RegExp) => why.test((await stateOf(here))?.why ?? '')
  await until('nobody that it believes has signed', () => says(/signed by nobody that the box believes/))
  const problems = async () =>
    (await (await here.console()).ask<{ problems: { code: string }[] }>({ ask: 'problems' })).problems.map(
      one => one.code,
    )
  t.true((await problems()).includes(`trunks.connection:${id}`))
  await here.put('trunk', trunkTo(there, { domain: 'other.example' }), id)
  await until('it is somebody else', () => says(/it is somebody else/))
  const { authorities: _, ...trunk } = trunkTo(there)
  const fingerprint = new X509Certificate(fileOf(there, 'sip.crt')).fingerprint256
  await here.put('trunk', { ...trunk, fingerprint }, id)
  await until('it is believed', () => isConnected(here))
  t.false((await problems()).includes(`trunks.connection:${id}`))
  await here.change('it goes', [{ op: 'delete', kind: 'trunk', id }])
}

test.serial(
  'two boxes believe each other when they should, speak sealed whoever calls, and go on when one is killed',
  async t => {
    const [here, there] = [await boxOf(t), await boxOf(t, OTHER)]
    await isBelieved(t, here, there)
    const voices: Voice[] = []
    for (const [box, other, number, outside] of [
      [here, there, '201', '+13135550201'],
      [there, here, '301', '+13135550301'],
    ] as const) {
      const [station] = await box.stations([number])
      await box.put('trunk', trunkTo(other, { callerNumber: outside, encryption: 'required' }))
      await box.put('outbound-rule', { name: 'Outside' })
      const destination = { kind: 'extension', id: station?.extension }
      await box.put('inbound-number', { number: outside, name: 'Post', destination })
      voices.push(await Voice.registered(t, box, number))
    }
    for (const box of [here, there]) await until('the boxes are connected', () => isConnected(box))
    const [a, b] = voices as [Voice, Voice]
    const back = await talk(b, a, '93135550201')
    await hearEachOther(t, b, a)
    await back.hangUp()
    await talk(a, b, '93135550301')
    await hearEachOther(t, a, b)
    for (const box of [here, there])
      t.is((await engineOf(box)).counters['media-encrypted'], 1, 'sealed between the boxes')
    const before = here.pidOf('supervisor')
    here.signal('supervisor', 'SIGKILL')
    await until('another supervisor runs', () => here.pidOf('supervisor') !== before)
    await here.ready()
    await until('it is connected again', () => isConnected(here))
    await hearEachOther(t, a, b)
    for (const box of [here, there]) t.is((await engineOf(box)).counters['media-encrypted'], 1, 'still sealed')
    // The other box has learned by which connection its caller is reached now.
    await b.phone.current.hangup()
    for (const box of [here, there]) await engineIsEmpty(box)
  },
)
