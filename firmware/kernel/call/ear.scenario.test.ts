// An ear at a bridge of another call: it listens, whispers, speaks, and leaves nothing behind.
import type { ExecutionContext } from 'ava'
import { PHONE_FEATURES } from '../../testkit/phone-features.ts'
import { type Box, scenario } from '../../testkit/scenario.ts'
import { test } from '../../testkit/scenario-test.ts'
import { kind, trial } from '../../testkit/trial.ts'
import type { Bridge, Ear } from './call.types.ts'

interface Supervised {
  readonly box: Box
  /** Of the caller who dialled *1 to listen. */
  ear(): Ear
}

/** 201 talks with 202; 203 dials *1 and joins them. */
async function supervised(t: ExecutionContext): Promise<Supervised> {
  let bridge: Bridge | undefined
  let ear: Ear | undefined
  const join = kind(async caller => {
    if (bridge === undefined) return { end: 'not-found' }
    ear = await bridge.join(caller, 'listen')
    await ear.ended
    return { end: 'answered' }
  })
  const connecting = async (made: Bridge) => {
    bridge ??= made
  }
  const box = await scenario({
    features: PHONE_FEATURES,
    extensions: ['201', '202', '203'],
    plus: [trial(() => ({ codes: { '*1': join }, phases: { connecting } }))],
  })
  t.teardown(() => box.ends())
  box.phone('201').dials('202')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
  box.phone('203').dials('*1')
  await box.settles()
  return {
    box,
    ear: () => {
      if (ear === undefined) throw new Error('nobody listens')
      return ear
    },
  }
}

/** Who hears whom, among the three. */
function heard(box: Box): string {
  const numbers = ['201', '202', '203']
  return numbers.map(who => numbers.filter(other => other !== who && box.phone(who).hears(other)).join('+')).join(' | ')
}

test('an ear listens unheard, whispers to one side, speaks to both, and leaves the two alone', async t => {
  const { box, ear } = await supervised(t)
  t.is(heard(box), '202 | 201 | 201+202')
  ear().change('whisper')
  t.is(heard(box), '202+203 | 201 | 201+202')
  const agent = box.calls.flatMap(call => call.legs).find(leg => leg.party.number === '202')
  ear().change('whisper', agent === undefined ? {} : { to: agent })
  t.is(heard(box), '202 | 201+203 | 201+202')
  ear().change('speak')
  t.is(heard(box), '202+203 | 201+203 | 201+202')
  ear().leave()
  await box.settles()
  t.is(heard(box), '202 | 201 | ')
  t.is(box.phone('203').call?.state, 'over')
  t.is(box.phone('201').call?.state, 'talking')
})

test('an ear that hangs up is gone from the bridge, which goes on', async t => {
  const { box, ear } = await supervised(t)
  ear().change('speak')
  box.phone('203').hangsUp()
  await box.settles()
  t.is(heard(box), '202 | 201 | ')
  ear().change('whisper')
  ear().leave()
  t.is(heard(box), '202 | 201 | ')
})

test('the ear ends when the call does that it listens to', async t => {
  const { box } = await supervised(t)
  box.phone('202').hangsUp()
  await box.settles()
  t.is(box.phone('203').call?.state, 'over')
  t.is(box.calls.length, 0)
})
