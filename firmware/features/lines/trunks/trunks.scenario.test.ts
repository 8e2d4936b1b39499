import type { ExecutionContext } from 'ava'
import type { InviteOptions } from '../../../kernel/call/sip-port.ts'
import { type Box, type ScenarioOptions, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Story, sweepAll } from '../../../testkit/sweeps.ts'
import type { VirtualPhone } from '../../../testkit/virtual-phone.ts'
import { type Trunk, trunkKind } from './feature.ts'

const NUMBERS = ['201', '202']
const OUT = '913135550100'

interface Plant {
  readonly box: Box
  readonly telco: VirtualPhone
  readonly spare: VirtualPhone
}

/** Two phones, two carriers of which the second is the spare one, one rule out and one number in. */
async function plant(t: ExecutionContext, first: Partial<Trunk> = {}, o: ScenarioOptions = {}): Promise<Plant> {
  const box = await scenario({ extensions: NUMBERS, ...o })
  t.teardown(() => box.ends())
  const telco = box.stranger('telco')
  const spare = box.stranger('spare')
  await lines(box, first)
  return { box, telco, spare }
}

async function lines(box: Pick<Box, 'put'>, first: Partial<Trunk> = {}): Promise<void> {
  await box.put(trunkKind.kind, { name: 'Telco', host: '10.0.0.12', callerNumber: '+13135550000', ...first })
  await box.put(trunkKind.kind, { name: 'Spare', host: '10.0.0.13', priority: 20 })
  await box.put('outbound-rule', { name: 'Outside' })
}

async function calls(box: Box, seconds = 1): Promise<void> {
  box.phone('201').dials(OUT)
  await box.passes(`${seconds}s`)
}

test('a number outside is called by the first trunk, in E.164, and shows the number of the trunk', async t => {
  const { box, telco, spare } = await plant(t)
  t.is(telco.source.host, '10.0.0.12')
  await calls(box)
  t.true(telco.rings)
  t.is(telco.call?.from, '+13135550000')
  t.is(spare.legs.length, 0)
  const [order] = box.sip.commands.filter(({ name }) => name === 'invite').map(({ args }) => args[0] as InviteOptions)
  const via = { family: 4, host: '10.0.0.12', port: 5060, transport: 'udp' } as const
  t.deepEqual(order?.target, { uri: 'sip:+13135550100@10.0.0.12', via })
  telco.answers()
  await box.settles()
  t.true(box.phone('201').hears('telco'))
})

test('a trunk that says nothing for two seconds is passed over, and one that is overloaded at once', async t => {
  const { box, telco, spare } = await plant(t)
  telco.manner = 'silent'
  await calls(box, 2)
  t.true(spare.rings, 'silent')
  t.is(box.facts('trunk.passed-over').length, 1)
  box.phone('201').hangsUp()
  telco.manner = 'overloaded'
  await calls(box, 0)
  t.true(spare.rings, 'overloaded')
})

test('a trunk that says that it tries and then nothing more is passed over', async t => {
  const { box, telco, spare } = await plant(t)
  telco.manner = 'dies'
  await calls(box, 14)
  t.false(spare.rings)
  await box.passes('1s')
  t.true(spare.rings)
})

test('busy is an answer: no other trunk is tried, and the trunk stays healthy', async t => {
  const { box, telco, spare } = await plant(t)
  telco.manner = 'busy'
  await calls(box)
  t.is(box.phone('201').call?.status, 486)
  t.is(spare.legs.length, 0)
  t.is(box.facts('trunk.health-changed').length, 0)
})

test('a call that no trunk takes is told to the caller', async t => {
  const { box, telco, spare } = await plant(t)
  telco.manner = 'overloaded'
  spare.manner = 'overloaded'
  await calls(box)
  t.is(box.phone('201').call?.status, 503)
})

test('a trunk goes down by what it does not take, is tried last then, and comes back by itself', async t => {
  const { box, telco, spare } = await plant(t)
  telco.manner = 'silent'
  await box.passes('2m')
  const told = box.facts('trunk.health-changed').map(({ to }) => to)
  t.deepEqual(told.slice(-2), ['critical', 'down'])
  t.true(box.host.problems().some(({ code }) => code.startsWith('trunks.health:')))
  await calls(box, 0)
  t.true(spare.rings, 'nobody waits two seconds for a trunk known to be down')
  box.phone('201').hangsUp()
  telco.manner = 'rings'
  await box.passes('15m')
  t.is(box.facts('trunk.health-changed').at(-1)?.to, 'healthy')
  t.false(box.host.problems().some(({ code }) => code.startsWith('trunks.health:')))
  await calls(box, 0)
  t.true(telco.rings)
})

test('no more calls go over a trunk than it has channels', async t => {
  const { box, telco, spare } = await plant(t, { channels: 1 })
  await calls(box)
  box.phone('202').dials(OUT)
  await box.settles()
  t.deepEqual([telco.rings, spare.rings], [true, true])
})

test('trunks of the same priority share the calls', async t => {
  const { box, telco, spare } = await plant(t, { priority: 20 })
  await calls(box)
  box.phone('202').dials(OUT)
  await box.settles()
  t.deepEqual([telco.rings, spare.rings], [true, true])
})

test('a trunk that is out of service is neither called nor asked, and nobody calls in by it', async t => {
  const { box, telco, spare } = await plant(t, { inService: false })
  await box.passes('1m')
  await calls(box)
  t.true(spare.rings)
  t.is(telco.legs.length, 0)
  t.is(telco.dials('+13135550100').state, 'ringing')
  await box.settles()
  t.is(telco.call?.status, 403)
})

const document: NonNullable<ScenarioOptions['document']> = async box => {
  await lines(box)
}

const STORIES: readonly Story[] = [
  {
    title: 'a call that goes out by the spare trunk',
    box: { extensions: NUMBERS, document },
    steps: [
      box => {
        box.stranger('telco').manner = 'silent'
        box.stranger('spare')
      },
      box => void box.phone('201').dials(OUT),
      box => box.passes('3s'),
      box => box.stranger('spare').answers(),
      box => box.passes('5s'),
      box => box.phone('201').hangsUp(),
    ],
  },
]

for (const story of STORIES)
  test.sweep(`nothing is left of ${story.title}, whatever fails, is swallowed, or dies`, t => sweepAll(t, story))
