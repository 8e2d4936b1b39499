// The emergency branch: before everything that could refuse, delay or fail, and with the clock standing still.
import type { ExecutionContext } from 'ava'
import { extensions } from '../../features/phones/extensions/feature.ts'
import { PHONE_FEATURES } from '../../testkit/phone-features.ts'
import { type Box, type ScenarioOptions, scenario } from '../../testkit/scenario.ts'
import { test } from '../../testkit/scenario-test.ts'
import { sweepFaults, sweepHangs } from '../../testkit/sweeps.ts'
import { feature } from '../feature.ts'
import type { Party } from './call.types.ts'

/** The least that an emergency feature does: it reserves 911 and rings the guard, whoever calls. */
const guardPost = (seen: Party[] = []) =>
  feature<unknown, undefined>({
    name: 'guard-post',
    about: 'Emergency calls ring 203.',
    essential: true,
    needs: [extensions],
    start(ctx) {
      ctx.sip.setEmergency({ numbers: ['911'], networks: [] })
      const guard = () => ctx.store.owner('203')?.id ?? ''
      return {
        destinations: {
          emergency: {
            title: 'Emergency',
            choices: () => [],
            run: async caller => {
              seen.push(caller.party)
              const answer = await caller.call.ring({
                targets: ctx.use(extensions).targets(guard()),
                patienceSeconds: 60,
              })
              if ('cause' in answer) return { end: answer.cause }
              return { end: await (await caller.call.connect(caller, answer)).ended }
            },
          },
        },
      }
    },
  })

const never = () => new Promise<never>(() => {})
const fail = () => {
  throw new Error('broken')
}

/** Everything that a feature can do wrong on the way of a call. */
const hostile = (how: 'throws' | 'never resolves') =>
  feature<unknown, undefined>({
    name: `hostile-${how === 'throws' ? 'thrower' : 'sleeper'}`,
    about: 'Does everything wrong.',
    start(ctx) {
      ctx.on('call.began', how === 'throws' ? fail : () => void never())
      ctx.on('call.rang', how === 'throws' ? fail : () => void never())
      const slow = how === 'throws' ? fail : never
      return {
        phases: {
          identify: fail,
          admit: slow,
          connecting: slow,
          route: { slot: how === 'throws' ? ('code' as const) : ('outbound' as const), find: fail },
        },
        sip: { observe: fail },
        problems: fail,
        metrics: fail,
      }
    },
  })

async function plant(t: ExecutionContext, o: ScenarioOptions): Promise<Box> {
  const box = await scenario({ features: PHONE_FEATURES, extensions: ['201', '203'], ...o })
  t.teardown(() => box.ends())
  return box
}

/** Stores that hang: records, document, live. */
function hang(box: Box): void {
  box.records.hang()
  box.store.change = never
  const collection = box.live.collection('kernel.calls', { keep: 'restart' })
  collection.setNow = never
}

test('with the clock standing still, records and document hanging and every other feature failing or asleep, 911 rings and is heard', async t => {
  const box = await plant(t, { plus: [hostile('throws'), hostile('never resolves'), guardPost()] })
  hang(box)
  const before = box.clock.since()
  const call = box.phone('201').dials('911')
  await box.settles()
  t.true(box.phone('203').rings)
  t.true(call.ringBack)
  box.phone('203').answers()
  await box.settles()
  t.true(box.phone('201').hears('203'))
  t.true(box.phone('203').hears('201'))
  t.is(box.clock.since(), before)
  t.is(box.sip.commands.find(command => command.name === 'invite')?.args.length, 1)
  t.like(box.sip.commands.find(command => command.name === 'invite')?.args[0], { lane: 'emergency' })
})

test('an emergency call is not admitted, not routed and not refused by anyone', async t => {
  const strict = feature<unknown, undefined>({
    name: 'strict',
    about: 'Refuses all.',
    start: () => ({ phases: { admit: () => 'forbidden' } }),
  })
  const box = await plant(t, { plus: [strict, guardPost()] })
  const refused = box.phone('201').dials('203')
  await box.settles()
  t.is(refused.status, 403)
  box.phone('201').dials('911')
  await box.settles()
  t.true(box.phone('203').rings)
})

test('a stranger at an unknown address reaches help too, as an unknown party with the address', async t => {
  const seen: Party[] = []
  const box = await plant(t, { plus: [guardPost(seen)] })
  const stranger = box.stranger('socket-in-the-hall')
  stranger.dials('911')
  await box.settles()
  t.true(box.phone('203').rings)
  t.like(seen[0], { trust: 'unknown', number: 'socket-in-the-hall', source: stranger.source })
})

test('a registered phone with a wrong password is known by its address when it calls for help', async t => {
  const seen: Party[] = []
  const box = await plant(t, { plus: [guardPost(seen)] })
  // The switch names no line: the digest was wrong or there was none.
  box.sip.lines.delete(box.lineOf('201'))
  box.phone('201').dials('911')
  await box.settles()
  t.like(seen[0], { trust: 'station-network', number: '201', device: box.deviceOf('201') })
})

test('who calls for help is known with the place where the phone stands', async t => {
  const seen: Party[] = []
  const box = await plant(t, { plus: [guardPost(seen)] })
  const site = await box.put('site', { name: 'Plant' })
  const location = await box.put('location', { name: 'Hall 3', site })
  const device = box.store.get({ kind: 'device' } as never, box.deviceOf('201')) as object
  const { id: _, rev: __, ...value } = device as { id: string; rev: number }
  await box.put('device', { ...value, location }, box.deviceOf('201'))
  box.phone('201').dials('911')
  await box.settles()
  t.like(seen[0], { location, site, trust: 'line' })
})

test('a box without an emergency destination says so to the caller and is in safe mode when its feature could not start', async t => {
  const absent = { ...guardPost(), start: fail }
  const box = await plant(t, { plus: [absent] })
  t.deepEqual(box.host.safeMode, ['guard-post'])
  t.true(box.host.problems().some(one => one.code === 'host.not-started:guard-post' && one.severity === 'danger'))
  box.sip.setEmergency({ numbers: ['911'], networks: [] })
  const call = box.phone('201').dials('911')
  await box.settles()
  t.is(call.status, 480)
})

test('in safe mode 911 rings the answering points that the emergency feature last named, even after a power cut', async t => {
  const broken = { ...guardPost() }
  const box = await plant(t, { plus: [broken] })
  const targets = box.use(extensions).targets(box.extensionOf('203'))
  box.host.calls.rememberEmergency({ numbers: ['911'], networks: ['10.0.0.0/8'], targets })
  broken.start = fail
  box.sip.setEmergency({ numbers: [], networks: [] })
  await box.restarts({ lost: 'power' })
  t.deepEqual(box.host.safeMode, ['guard-post'])
  box.phone('201').dials('911')
  await box.settles()
  t.true(box.phone('203').rings)
  box.phone('203').answers()
  await box.settles()
  t.true(box.phone('201').hears('203'))
})

const helped = new WeakSet<Box>()
const reached = {
  title: 'a call for help to a guard who answers at once',
  box: { features: PHONE_FEATURES, plus: [guardPost()], extensions: ['201', '203'] },
  steps: [
    (box: Box) => {
      box.phone('203').manner = 'answers'
    },
    (box: Box) => void box.phone('201').dials('911'),
    (box: Box) => box.passes('10s'),
    (box: Box) => void (box.phone('201').hears('203') && helped.add(box)),
    (box: Box) => box.phone('201').hangsUp(),
    (box: Box) => box.phone('203').hangsUp(),
  ],
  check: (t: ExecutionContext, box: Box, where: string) => t.true(helped.has(box), `${where}: nobody was reached`),
}
test.sweep('help is reached, whichever command to the switch fails', t => sweepFaults(t, reached))

const story = {
  title: 'a call for help',
  box: { features: PHONE_FEATURES, plus: [guardPost()], extensions: ['201', '203'] },
  steps: [
    (box: Box) => void box.phone('201').dials('911'),
    (box: Box) => box.phone('203').answers(),
    (box: Box) => box.passes('10s'),
    (box: Box) => box.phone('201').hangsUp(),
    (box: Box) => box.phone('203').hangsUp(),
  ],
}
test.sweep('nothing is left of a call for help, whichever command to the switch fails', t => sweepFaults(t, story))
test.sweep('nothing is left of a call for help, whichever command is swallowed', t => sweepHangs(t, story))
