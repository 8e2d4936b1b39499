// Buttons that must be held: decided by the board's own clock, whatever becomes of the supervisor.
import test from 'ava'
import { createMemoryDisk } from './testkit/memory-disk.ts'
import { REFLEX, startTestBoard, type TestBoard, type TestBoardOptions } from './testkit/test-board.ts'

const DEBOUNCE = 15
const HOLD = 2000
const TABLE = { hash: 'h1', reflexes: [REFLEX], holds: [{ input: 'in-1', milliseconds: HOLD }] }

async function board(o: TestBoardOptions = {}): Promise<TestBoard> {
  const made = await startTestBoard(o)
  made.tell({ do: 'load', table: TABLE })
  await made.settled()
  return made
}
const earlyHands = (b: TestBoard) => b.said.flatMap(message => (message.say === 'let-go' ? [message] : []))

test('a hand that stays for the time is a press, at that moment and once; without acknowledgement from anybody', async t => {
  const b = await board()
  b.move('in-1', 'press')
  b.clock.advance(HOLD - 1)
  t.deepEqual(b.reports(), [])
  t.false(b.lines.get('do-1') ?? false)
  b.clock.advance(1)
  t.true(b.lines.get('do-1'))
  t.deepEqual(
    b.reports({ again: false }).map(report => [report.input, report.sequence]),
    [['in-1', 1]],
  )
  b.clock.advance(500)
  b.move('in-1', 'release')
  b.clock.advance(500)
  t.is(b.reports({ again: false }).length, 1)
  t.deepEqual(earlyHands(b), [])
})

test('a hand that goes before is told with how long it stayed, noted in the journal, and is no press', async t => {
  const disk = createMemoryDisk()
  const b = await board({ disk })
  b.move('in-1', 'press')
  b.clock.advance(800)
  b.move('in-1', 'release')
  b.clock.advance(5000)
  await b.settled()
  t.like(earlyHands(b)[0], { input: 'in-1', heldMilliseconds: 800, neededMilliseconds: HOLD })
  t.is(earlyHands(b).length, 1)
  t.deepEqual(b.reports(), [])
  t.false(b.lines.get('do-1') ?? false)
  const journal = [...disk.files.values()].map(bytes => bytes.toString()).join('')
  t.regex(journal, /"kind":"let-go","input":"in-1"/)
})

test('a bounce shorter than the debounce does not begin the time anew, also at its very end', async t => {
  const b = await board()
  b.move('in-1', 'press')
  b.clock.advance(1000)
  b.move('in-1', 'release')
  b.clock.advance(DEBOUNCE - 1)
  b.move('in-1', 'press')
  b.clock.advance(HOLD - 1000 - 2 * DEBOUNCE)
  t.deepEqual(b.reports(), [])
  b.clock.advance(DEBOUNCE - 5)
  b.move('in-1', 'release')
  b.clock.advance(DEBOUNCE - 5)
  t.deepEqual(b.reports(), [], 'whether the hand went is not known yet')
  b.move('in-1', 'press')
  t.is(b.reports({ again: false }).length, 1)
})

test('a hand that went for longer than the debounce begins anew', async t => {
  const b = await board()
  b.move('in-1', 'press')
  b.clock.advance(HOLD - 10)
  b.move('in-1', 'release')
  b.clock.advance(DEBOUNCE)
  b.move('in-1', 'press')
  b.clock.advance(HOLD - 1)
  t.deepEqual(b.reports(), [])
  b.clock.advance(1)
  t.is(b.reports({ again: false }).length, 1)
  t.is(earlyHands(b).length, 1)
})

test('the table with its times is kept: the next board holds without a supervisor; a board without table presses at once', async t => {
  const disk = createMemoryDisk()
  const first = await board({ disk })
  first.kill()
  const next = await startTestBoard({ disk, clock: first.clock })
  next.move('in-1', 'press')
  next.clock.advance(HOLD - 1)
  t.deepEqual(next.reports(), [])
  next.clock.advance(1)
  t.is(next.reports({ again: false }).length, 1)
  const bare = await startTestBoard()
  bare.move('in-1', 'press')
  bare.clock.advance(DEBOUNCE)
  t.is(bare.reports().length, 1)
})

test('an input without a time is pressed at once beside one that has one, and a time over five seconds is refused', async t => {
  const b = await board()
  b.move('in-2', 'press')
  b.clock.advance(DEBOUNCE)
  t.is(b.reports().length, 1)
  const holds = [{ input: 'in-1', milliseconds: 5001 }]
  t.throws(() => b.tell({ do: 'load', table: { ...TABLE, holds } }), { message: /from 0 to 5000/ })
})
