// Calls for help leave the plant by a trunk: the nearest that works; and where none does, the plant's own guard is rung.
import type { ExecutionContext } from 'ava'
import type { InviteOptions } from '../../../kernel/call/sip-port.ts'
import { type Box, type ScenarioOptions, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Story, sweepAll } from '../../../testkit/sweeps.ts'
import type { VirtualPhone } from '../../../testkit/virtual-phone.ts'
import type { Site } from '../../places/sites/feature.ts'
import { type Trunk, trunkKind } from '../trunks/feature.ts'

interface Plant {
  readonly box: Box
  /** At the caller's site. */
  readonly near: VirtualPhone
  /** At another, and first by priority. */
  readonly far: VirtualPhone
  readonly guard: VirtualPhone
}

interface Lines {
  readonly near?: Partial<Trunk>
  readonly far?: Partial<Trunk>
  /** Of the caller's site. */
  readonly site?: Partial<Site>
}

/** Post 201 calls at Flint, guard 500 answers and has a screen; a trunk leaves at Flint, another at Lansing. */
const documentOf =
  (o: Lines = {}): NonNullable<ScenarioOptions['document']> =>
  async box => {
    const flint = await box.put('site', { name: 'Flint', country: 'US', ...o.site })
    const lansing = await box.put('site', { name: 'Lansing', country: 'US' })
    const hall = await box.put('location', { name: 'Hall 3', site: flint })
    const phones = { name: 'Phones', prefixes: ['10.0.0.0/8', '192.168.0.0/16', '192.0.2.0/24'] }
    await box.put('network', { ...phones, site: flint, location: hall, emergencyWithoutPassword: true })
    const guard = box.store.owner('500')?.id
    await box.put('emergency-plan', { name: 'Flint', sites: [flint], answeringPoints: [guard] })
    const near = { name: 'Near', host: '10.0.0.13', site: flint, priority: 20, callerNumber: '+18105550100' }
    const far = { name: 'Far', host: '10.0.0.12', site: lansing, callerNumber: '+15175550100' }
    await box.put(trunkKind.kind, { ...far, ...o.far })
    await box.put(trunkKind.kind, { ...near, ...o.near })
  }

const EXTENSIONS = ['201', '500']

async function plant(t: ExecutionContext, o: Lines = {}): Promise<Plant> {
  const box = await scenario({ extensions: EXTENSIONS, document: documentOf(o) })
  t.teardown(() => box.ends())
  const [far, near] = [box.stranger('far'), box.stranger('near')]
  t.deepEqual([far.source.host, near.source.host], ['10.0.0.12', '10.0.0.13'])
  return { box, near, far, guard: box.phone('500') }
}

/** The URIs outside that were called. */
const called = (box: Box): readonly string[] =>
  box.sip.commands
    .filter(({ name }) => name === 'invite')
    .map(({ args }) => (args[0] as InviteOptions).target)
    .flatMap(target => ('uri' in target ? [target.uri] : []))

async function calls({ box }: Plant, seconds = 0, number = '911'): Promise<void> {
  box.phone('201').dials(number)
  await box.passes(`${seconds}s`)
}

test('911 leaves by the trunk of the caller’s site, whatever the priorities, and shows the number registered for it', async t => {
  const all = await plant(t, { near: { helpNumber: '+18105550911' } })
  await calls(all)
  t.true(all.near.rings)
  t.false(all.far.rings)
  t.is(all.near.call?.from, '+18105550911')
  t.deepEqual(called(all.box), ['sip:911@10.0.0.13'])
  all.near.answers()
  await all.box.settles()
  t.true(all.box.phone('201').hears('near'))
  t.false(all.guard.rings, 'the guard is told, not rung')
  t.is(all.box.facts('emergency-call.began').length, 1)
})

test('the 9 that people dial for an outside line is not sent', async t => {
  const all = await plant(t)
  await calls(all, 0, '9911')
  t.deepEqual(called(all.box), ['sip:911@10.0.0.13'])
})

for (const manner of ['busy', 'overloaded', 'silent'] as const)
  test(`a trunk that is ${manner} is left for any other`, async t => {
    const all = await plant(t)
    all.near.manner = manner
    await calls(all, 3)
    t.true(all.far.rings)
    t.false(all.guard.rings)
  })

test('lines that are silent keep the guard’s phone waiting for four seconds, and not at all once that is known', async t => {
  const all = await plant(t)
  all.near.manner = 'silent'
  all.far.manner = 'silent'
  await calls(all, 4)
  t.true(all.guard.rings)
  all.box.phone('201').hangsUp()
  await all.box.passes('3m')
  t.false(all.guard.rings)
  await calls(all)
  t.true(all.guard.rings, 'trunks known to be down come after the guard')
})

test('when nobody answers outside the guard is rung, and when nobody does there, outside again', async t => {
  const all = await plant(t)
  await calls(all, 39)
  t.true(all.near.rings)
  t.false(all.guard.rings)
  await all.box.passes('42s')
  t.true(all.guard.rings)
  await all.box.passes('33s')
  t.true(all.near.rings, 'a call for help is never given up')
  all.near.answers()
  await all.box.settles()
  t.true(all.box.phone('201').hears('near'))
})

test('a trunk that may not carry calls for help never does, and one that is full does', async t => {
  const all = await plant(t, { near: { help: false }, far: { channels: 1 } })
  all.far.dials('+15175550100')
  await calls(all)
  t.is(all.near.legs.length, 0)
  t.deepEqual(called(all.box), ['sip:911@10.0.0.12'])
})

test('where no trunk carries calls for help the guard is rung at once, and the health page says so', async t => {
  const all = await plant(t, { near: { help: false }, far: { help: false } })
  await calls(all)
  t.true(all.guard.rings)
  const codes = all.box.host.problems().map(({ code }) => code)
  t.true(codes.includes('trunks.no-help'))
  t.false(codes.some(code => code.startsWith('trunks.help-unnumbered')))
})

test('a trunk without a number to call back is a problem', async t => {
  const { box } = await plant(t, { near: { callerNumber: undefined } as never })
  const codes = box.host.problems().map(({ code }) => code)
  t.is(codes.filter(code => code.startsWith('trunks.help-unnumbered')).length, 1)
  t.false(codes.includes('trunks.no-help'))
})

test('what comes in by a trunk for help is not sent back there', async t => {
  const all = await plant(t, { far: { help: false } })
  all.near.dials('911')
  await all.box.settles()
  t.deepEqual(called(all.box), [])
  t.true(all.guard.rings)
})

test('a call that rings outside when the supervisor dies rings on there, and both hear each other', async t => {
  const all = await plant(t)
  await calls(all)
  t.true(all.near.rings)
  await all.box.restarts()
  await all.box.settles()
  t.true(all.near.rings)
  t.is(all.near.legs.length, 1)
  all.near.answers()
  await all.box.settles()
  t.true(all.box.phone('201').hears('near'))
})

/** What each call outside carried of where the caller is. */
const placesTold = (box: Box): readonly (string | undefined)[] =>
  box.sip.commands
    .filter(({ name }) => name === 'invite')
    .map(({ args }) => args[0] as InviteOptions)
    .flatMap(({ target, location }) => ('uri' in target ? [location] : []))

const TELLS = { near: { tellsPlace: true }, site: { street: 'Assembly Way', city: 'Flint' } }

test('a trunk that takes it is told where the caller is, another is not', async t => {
  const all = await plant(t, TELLS)
  all.near.manner = 'busy'
  await calls(all)
  t.true(all.far.rings)
  const [first, ...others] = placesTold(all.box)
  t.regex(first ?? '', /<ca:LOC>Hall 3<\/ca:LOC>.*<ca:RD>Assembly Way<\/ca:RD>/)
  t.deepEqual(others, [undefined])
})

test('a trunk that does not understand the place is called without it at once, and stays healthy', async t => {
  const all = await plant(t, TELLS)
  all.near.manner = 'placeless'
  await calls(all)
  t.true(all.near.rings)
  t.deepEqual(
    placesTold(all.box).map(place => place !== undefined),
    [true, false],
  )
  all.near.answers()
  await all.box.settles()
  t.true(all.box.phone('201').hears('near'))
  t.deepEqual(all.box.facts('trunk.passed-over'), [])
})

test('the place of a caller costs no time where a trunk is silent: the next is called after two seconds as ever', async t => {
  const all = await plant(t, TELLS)
  all.near.manner = 'silent'
  await calls(all, 1.9)
  t.false(all.far.rings)
  await all.box.passes('0.2s')
  t.true(all.far.rings)
})

test('where neither street nor city is known the call goes without a place', async t => {
  const all = await plant(t, { near: { tellsPlace: true } })
  await calls(all)
  t.true(all.near.rings)
  t.deepEqual(placesTold(all.box), [undefined])
})

test('after a call for help the numbers that trunks show are let in while others are turned away, for half an hour', async t => {
  const all = await plant(t, { near: { helpNumber: '+18105550911' } })
  t.deepEqual(all.box.sip.callBacks, [])
  await calls(all)
  const shown = ['+18105550911', '18105550911', '8105550911', '+15175550100', '201']
  t.deepEqual(
    shown.filter(number => !all.box.sip.callBacks.includes(number)),
    [],
  )
  all.box.phone('201').hangsUp()
  await all.box.passes('15m')
  await all.box.restarts()
  t.true(all.box.sip.callBacks.includes('201'))
  await all.box.passes('16m')
  t.deepEqual(all.box.sip.callBacks, [])
  t.deepEqual(all.box.sip.emergencyNumbers.includes('911'), true)
})

const STORIES: readonly Story[] = [
  {
    title: 'a call for help that no line outside takes',
    box: { extensions: EXTENSIONS, document: documentOf() },
    steps: [
      box => {
        box.stranger('far').manner = 'silent'
        box.stranger('near').manner = 'overloaded'
      },
      box => void box.phone('201').dials('911'),
      box => box.passes('5s'),
      box => box.phone('500').answers(),
      box => box.passes('5s'),
      box => box.phone('201').hangsUp(),
    ],
  },
]

for (const story of STORIES)
  test.sweep(`nothing is left of ${story.title}, whatever fails, is swallowed, or dies`, t => sweepAll(t, story))
