import type { ExecutionContext } from 'ava'
import { type Box, type ScenarioOptions, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Story, sweepAll } from '../../../testkit/sweeps.ts'
import { melody } from './melody.ts'

const MUSIC = 'music:own'

/** 201 talks to 202. */
async function talking(t: ExecutionContext, o: ScenarioOptions = {}): Promise<Box> {
  const box = await scenario({ extensions: ['201', '202', '203'], ...o })
  t.teardown(() => box.ends())
  // The music is made beside everything else.
  for (let turn = 0; turn < 100 && !box.sip.sounds.has(MUSIC); turn += 1) await box.settles()
  box.phone('201').dials('202')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
  return box
}

const players = (box: Box) => box.sip.dump().players

test('whoever is put on hold hears music, and the other again when he takes the call back', async t => {
  const box = await talking(t)
  box.phone('201').holds()
  await box.settles()
  t.true(box.phone('202').hears(MUSIC))
  t.false(box.phone('201').hears(MUSIC))
  await box.passes('5m')
  t.true(box.phone('202').hears(MUSIC))
  box.phone('201').holds(false)
  await box.settles()
  t.false(box.phone('202').hears(MUSIC))
  t.true(box.phone('202').hears('201'))
})

test('two who hold one another hear nothing; who takes back first hears music', async t => {
  const box = await talking(t)
  box.phone('201').holds()
  await box.settles()
  box.phone('202').holds()
  await box.settles()
  t.is(players(box), 0)
  box.phone('201').holds(false)
  await box.settles()
  t.true(box.phone('201').hears(MUSIC))
  t.false(box.phone('202').hears(MUSIC))
})

test('when the one who held hangs up, the music ends with the call', async t => {
  const box = await talking(t)
  box.phone('201').holds()
  await box.settles()
  box.phone('201').hangsUp()
  await box.settles()
  t.is(box.phone('202').call?.state, 'over')
  t.is(players(box), 0)
})

test('a restart while somebody holds: the music goes on, and ends when he takes the call back', async t => {
  const box = await talking(t)
  box.phone('201').holds()
  await box.settles()
  await box.restarts()
  for (let turn = 0; turn < 100 && !box.phone('202').hears(MUSIC); turn += 1) await box.settles()
  t.true(box.phone('202').hears(MUSIC))
  box.phone('201').holds(false)
  await box.settles()
  t.is(players(box), 0)
  t.true(box.phone('202').hears('201'))
})

test('silence where the setting says so, for the box or for a site; a message where one is chosen', async t => {
  const box = await talking(t)
  await box.configure('music-on-hold', { play: false })
  box.phone('201').holds()
  await box.settles()
  t.is(players(box), 0)
  box.phone('201').holds(false)
  await box.settles()
  const message = await box.put('message', { name: 'Company song', text: 'We build cars.' })
  await box.passes('1s')
  await box.configure('music-on-hold', { message })
  box.phone('201').holds()
  await box.settles()
  t.is(players(box), 1)
  t.false(box.phone('202').hears(MUSIC))
})

test('a call for help is never filled with music', async t => {
  const box = await scenario({
    extensions: ['201', '202'],
    document: async box => {
      const site = await box.put('site', { name: 'Plant', street: 'Main', city: 'Detroit' })
      const answeringPoints = [box.store.owner('202')?.id ?? '']
      await box.put('emergency-plan', { name: 'Guard', sites: [site], answeringPoints })
    },
  })
  t.teardown(() => box.ends())
  box.phone('201').dials('911')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
  t.true(box.phone('201').hears('202'))
  box.phone('202').holds()
  await box.settles()
  t.is(players(box), 0)
})

test('the music of the box is 9.6 seconds, neither silent nor clipped, and its end meets its beginning', async t => {
  const samples = await melody()
  t.is(samples.length, 9.6 * 16_000)
  const loudest = samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0)
  t.true(loudest > 4000 && loudest < 30_000, `${loudest}`)
  t.true(Math.abs((samples.at(-1) ?? 0) - (samples[0] ?? 0)) < 1500)
})

const story: Story = {
  title: 'a call that is held and taken back',
  box: { extensions: ['201', '202'] },
  steps: [
    box => void box.phone('201').dials('202'),
    box => box.phone('202').answers(),
    box => box.phone('201').holds(),
    box => box.passes('5s'),
    box => box.phone('201').holds(false),
    box => box.passes('1s'),
    box => box.phone('202').hangsUp(),
    box => box.phone('201').hangsUp(),
  ],
}

test.sweep(`nothing is left of ${story.title}, whatever fails, is swallowed, or dies`, t => sweepAll(t, story))
