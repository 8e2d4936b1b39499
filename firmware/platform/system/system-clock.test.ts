import test from 'ava'
import { systemClock } from './system-clock.ts'

const clock = systemClock({ trusted: () => true })

test('timers run in the order of their time, and one that is forgotten never runs', async t => {
  const log: string[] = []
  clock.after(20, () => log.push('later'))
  clock.after(1, () => log.push('sooner'))
  clock.after(5, () => log.push('forgotten'))()
  await clock.sleep(60)
  t.deepEqual(log, ['sooner', 'later'])
})

test('an interval repeats until it is stopped', async t => {
  let count = 0
  const stop = clock.every(5, () => {
    count += 1
  })
  while (count < 3) await clock.sleep(5)
  stop()
  const stopped = count
  await clock.sleep(30)
  t.is(count, stopped)
})

test('sleep rejects with the reason of its signal, at once when it is aborted already', async t => {
  const stop = new AbortController()
  const asleep = clock.sleep(60_000, stop.signal)
  stop.abort(new Error('woken'))
  await t.throwsAsync(asleep, { message: 'woken' })
  await t.throwsAsync(clock.sleep(60_000, stop.signal), { message: 'woken' })
})

test('a delay longer than Node’s timers can hold does not run at once', async t => {
  let ran = false
  const forget = clock.after(30 * 24 * 3_600_000, () => {
    ran = true
  })
  await clock.sleep(20)
  forget()
  t.false(ran)
})

test('the monotonic clock never goes back, and trust is asked each time', t => {
  const before = clock.since()
  t.true(clock.since() >= before)
  let trusted = false
  const doubted = systemClock({ trusted: () => trusted })
  t.false(doubted.trusted)
  trusted = true
  t.true(doubted.trusted)
})
