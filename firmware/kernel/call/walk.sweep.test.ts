// What calls leave behind when something goes wrong in menus, mixes, take-overs and calls that the box places.
import { extensions } from '../../features/phones/extensions/feature.ts'
import { PHONE_FEATURES } from '../../testkit/phone-features.ts'
import type { Box, ScenarioOptions } from '../../testkit/scenario.ts'
import { test } from '../../testkit/scenario-test.ts'
import { type Story, sweepAll } from '../../testkit/sweeps.ts'
import { kind, ringFor, trial } from '../../testkit/trial.ts'
import type { AnyFeature } from '../order.ts'

const plant = (plus: readonly AnyFeature[] = []): ScenarioOptions => ({
  features: PHONE_FEATURES,
  extensions: ['201', '202', '203'],
  plus,
})

const menu = trial(() => ({
  codes: {
    '*1': kind(async caller => {
      caller.ringing()
      await caller.play('welcome')
      const stop = new AbortController()
      const music = caller.play({ sounds: ['music'], repeats: 0, gapMilliseconds: 0 }, { signal: stop.signal })
      const digits = caller.digits({ count: 1, patienceSeconds: 5 }).finally(() => stop.abort())
      await Promise.all([music, digits])
      await caller.record('/tmp/message.wav', { signal: AbortSignal.abort() })
      return { goto: { kind: '*2', id: '' } }
    }),
    '*2': kind(async caller => {
      await caller.play('goodbye')
      return { end: 'answered' }
    }),
  },
}))

const conference = trial(ctx => ({
  codes: {
    '*1': kind(async caller => {
      await caller.answer()
      const [one, other] = await Promise.all([ringFor(ctx, caller, '202'), ringFor(ctx, caller, '203')])
      if ('cause' in one || 'cause' in other) return { end: 'failed' }
      return { end: await (await caller.call.mix([caller, one, other])).ended }
    }),
  },
}))

const everyoneHangsUp = (box: Box) => {
  for (const number of ['201', '202', '203']) box.phone(number).hangsUp()
}

function transfer(box: Box): void {
  const leg = box.calls.flatMap(call => call.legs).find(one => one.party.number === '201')
  if (!leg) return
  const to = { kind: 'extension', id: box.extensionOf('203') }
  // How the new call ends is told by its facts; a switch that fails here makes it reject, which is the asker's to see.
  box.host.calls.takeOver([leg], 'transfer', async () => ({ goto: to })).catch(() => {})
}

function place(box: Box): void {
  const to = box.use(extensions).targets(box.extensionOf('202'))
  const from = { number: '900', name: 'Box', trust: 'line' as const }
  const work = async (leg: { play(sound: string): Promise<void> }) => {
    await leg.play('wake up')
    return 'answered' as const
  }
  box.host.calls.place({ to, from, patienceSeconds: 10, why: 'wake-up' }, work).catch(() => {})
}

const STORIES: readonly Story[] = [
  {
    title: 'a menu',
    box: plant([menu]),
    steps: [
      box => void box.phone('201').dials('*1'),
      box => box.passes('2s'),
      box => box.phone('201').presses('1'),
      box => box.passes('2s'),
      box => box.phone('201').hangsUp(),
    ],
  },
  {
    title: 'a conference of three',
    box: plant([conference]),
    steps: [
      box => void box.phone('201').dials('*1'),
      box => box.phone('202').answers(),
      box => box.phone('203').answers(),
      box => box.passes('10s'),
      everyoneHangsUp,
      everyoneHangsUp,
    ],
  },
  {
    title: 'a transfer to a third phone',
    box: plant(),
    steps: [
      box => void box.phone('201').dials('202'),
      box => box.phone('202').answers(),
      transfer,
      box => box.phone('203').answers(),
      box => box.passes('10s'),
      everyoneHangsUp,
      everyoneHangsUp,
    ],
  },
  {
    title: 'a call that the box places',
    box: plant(),
    steps: [place, box => box.phone('202').answers(), box => box.passes('30s'), box => box.phone('202').hangsUp()],
  },
]

for (const story of STORIES) {
  test.sweep(`nothing is left of ${story.title}, whatever goes wrong and wherever`, t => sweepAll(t, story))
}
