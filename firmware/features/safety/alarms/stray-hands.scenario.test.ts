// Outputs after a crash: what nobody knows any more is let go, what an alarm or an unsettled press holds stays.
import type { ExecutionContext } from 'ava'
import { type Context, feature } from '../../../kernel/feature.ts'
import { alarmsOf, startPlant, theAlarm } from '../../../testkit/fresh-plant.ts'
import type { Box } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

const STEADY = { kind: 'steady' } as const
const plant = async (t: ExecutionContext, plus: Parameters<typeof startPlant>[0] = {}): Promise<Box> => {
  const box = await startPlant(plus)
  t.teardown(() => box.ends())
  return box
}

test('a strobe of an alarm that no longer exists is released after a restart', async t => {
  const box = await plant(t)
  box.board.drive({ output: 'strobe-4', pattern: STEADY, owner: 'alm_lost', priority: 100 })
  await box.restarts()
  await box.passes('6s')
  t.false(box.board.isOn('strobe-4'))
})

test('an output that an action drove for a while is released when its process died meanwhile', async t => {
  let act: Context['act'] = () => Promise.reject(new Error('not started'))
  const start = (ctx: Context) => {
    act = ctx.act
    return {}
  }
  const box = await plant(t, { plus: [feature<unknown, undefined>({ name: 'gate', about: 'For this test.', start })] })
  const why = { who: { by: 'box', name: 'test' }, cause: 'test', drill: false } as const
  await act({ kind: 'relay', params: { outputs: ['relay-2'] } }, why)
  t.true(box.board.isOn('relay-2'))
  await box.passes('6s')
  t.true(box.board.isOn('relay-2'))
  await box.restarts()
  await box.passes('6s')
  t.false(box.board.isOn('relay-2'))
})

test('strays one below the other are all let go', async t => {
  const box = await plant(t)
  for (const [owner, priority] of [
    ['alm_upper', 100],
    ['act_lower', 10],
  ] as const)
    box.board.drive({ output: 'strobe-4', pattern: STEADY, owner, priority })
  await box.restarts()
  await box.passes('12s')
  t.deepEqual(box.board.drivers('strobe-4'), [])
})

test('what a live alarm drives goes on through restarts, and ends with the all-clear', async t => {
  const box = await plant(t)
  await box.button('in-1').isPressed()
  const { id } = theAlarm(box)
  await box.restarts()
  await box.passes('20s')
  t.true(box.board.isOn('strobe-1'))
  alarmsOf(box).clear(id, { by: 'box', name: 'test' })
  await box.passes('6s')
  t.false(box.board.isOn('strobe-1'))
})

test('the reflex of a settled press whose alarm was lost is let go; that of an unsettled press is not', async t => {
  const box = await plant(t)
  const settled = 'reflex:pln_1:box-1/old-epoch/3'
  const unsettled = 'reflex:pln_1:box-1/fake-epoch/1'
  box.board.drive({ output: 'lamp-7', pattern: STEADY, owner: settled, priority: 100 })
  box.board.drive({ output: 'lamp-8', pattern: STEADY, owner: unsettled, priority: 100 })
  box.dies()
  box.board.press('in-1')
  await box.restarts()
  await box.passes('8s')
  t.deepEqual(box.board.drivers('lamp-7'), [])
  t.is(box.board.drivers('lamp-8').length, 1)
})
