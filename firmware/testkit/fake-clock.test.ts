import test from 'ava'
import { FakeClock, milliseconds } from './fake-clock.ts'

test('the clock stands still until it is told to move, and then runs timers in order with what they set free', async t => {
  const clock = new FakeClock()
  const log: string[] = []
  clock.after(2000, () => log.push('two'))
  clock.after(1000, () => {
    log.push('one')
    void Promise.resolve().then(() => clock.after(500, () => log.push('one and a half')))
  })
  await clock.advance('999ms')
  t.deepEqual(log, [])
  await clock.advance('2s')
  t.deepEqual(log, ['one', 'one and a half', 'two'])
  t.is(clock.since(), 2999)
})

test('the wall clock may jump without moving a deadline', async t => {
  const clock = new FakeClock()
  let ran = false
  clock.after(1000, () => {
    ran = true
  })
  clock.setWall(0)
  t.is(clock.now(), 0)
  await clock.advance('999ms')
  t.false(ran)
  await clock.advance(1)
  t.true(ran)
  t.is(clock.now(), 1000)
})

test('intervals, sleeps and spans are understood', async t => {
  const clock = new FakeClock()
  let ticks = 0
  const stop = clock.every(1000, () => {
    ticks += 1
  })
  const slept = clock.sleep(milliseconds('2s'))
  await clock.advance('3s')
  await slept
  stop()
  await clock.advance('1m')
  t.is(ticks, 3)
  t.is(clock.waiting, 0)
  t.deepEqual(
    [milliseconds('250ms'), milliseconds('5m'), milliseconds('1.5h'), milliseconds(7)],
    [250, 300_000, 5_400_000, 7],
  )
  t.throws(() => milliseconds('soon' as never))
})
