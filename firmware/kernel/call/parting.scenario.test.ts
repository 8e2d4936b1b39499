// Who is answered hears why his call ends before it does; a call for help never does, and nobody is held by a feature that fails.
import type { ExecutionContext } from 'ava'
import { PHONE_FEATURES } from '../../testkit/phone-features.ts'
import { type Box, scenario } from '../../testkit/scenario.ts'
import { test } from '../../testkit/scenario-test.ts'
import { feature } from '../feature.ts'
import type { CallSounds } from './call.types.ts'

const SILENT: CallSounds = {
  ringBack: () => ({ steps: [{ hertz: [440], milliseconds: 1000 }] }),
  parting: async () => {},
}

/** Answers whoever dials 600 or 911, and has nothing for him; `parting` is what the box then does. */
const porter = (parting: CallSounds['parting']) =>
  feature<unknown, undefined>({
    name: 'porter',
    about: 'Answers, and takes no call.',
    start(ctx) {
      ctx.calls.soundsBy({ ...SILENT, parting })
      ctx.sip.setEmergency({ numbers: ['911'], networks: [] })
      const kind = {
        title: 'Porter',
        choices: () => [],
        run: async (caller: Parameters<CallSounds['parting']>[0]) => {
          await caller.answer()
          return { end: 'busy' as const }
        },
      }
      return {
        destinations: { porter: kind, emergency: kind },
        phases: {
          route: {
            slot: 'code',
            find: ({ dialled }) => (dialled === '600' ? { kind: 'porter', id: '600' } : undefined),
          },
        },
      }
    },
  })

async function plant(t: ExecutionContext, parting: CallSounds['parting']): Promise<Box> {
  const box = await scenario({ extensions: ['201'], features: [...PHONE_FEATURES, porter(parting)] })
  t.teardown(() => box.ends())
  return box
}

test('a call ends once the parting was heard', async t => {
  let heard = () => {}
  const told: string[] = []
  const box = await plant(t, (leg, cause) => {
    told.push(`${leg.party.number} ${cause}`)
    return new Promise(resolve => {
      heard = () => resolve()
    })
  })
  const call = box.phone('201').dials('600')
  await box.settles()
  t.deepEqual(told, ['201 busy'])
  t.is(call.state, 'talking')
  heard()
  await box.settles()
  t.is(call.state, 'over')
  t.is(box.facts('call.ended').at(-1)?.cause, 'busy')
})

test('a parting that fails, or never ends, holds nobody', async t => {
  const failing = await plant(t, async () => {
    throw new Error('broken')
  })
  const [quick, slow] = [failing.phone('201').dials('600'), await plant(t, () => new Promise(() => {}))]
  await failing.settles()
  t.is(quick.state, 'over')
  const call = slow.phone('201').dials('600')
  await slow.passes('9s')
  t.is(call.state, 'talking')
  await slow.passes('2s')
  t.is(call.state, 'over')
})

test('a parting that throws before it begins holds nobody', async t => {
  const box = await plant(t, () => {
    throw new Error('broken')
  })
  const call = box.phone('201').dials('600')
  await box.settles()
  t.is(call.state, 'over')
})

test('a call for help has no parting', async t => {
  const told: string[] = []
  const box = await plant(t, async (_, cause) => void told.push(cause))
  const call = box.phone('201').dials('911')
  await box.settles()
  t.is(call.state, 'over')
  t.deepEqual(told, [])
})
