// Inputs that chatter and buttons that stick: bounded in what they leave, never ignored, told by their state.
import test from 'ava'
import { BURST } from './chatter.ts'
import type { InputState, PressId } from './protocol.ts'
import { STUCK_AFTER } from './stuck.ts'
import { REFLEX, startTestBoard, type TestBoard, type TestBoardOptions } from './testkit/test-board.ts'

const DEBOUNCE = 15

async function boardWithTable(o: TestBoardOptions = {}): Promise<TestBoard> {
  const board = await startTestBoard(o)
  board.tell({ do: 'load', table: { hash: 'h1', reflexes: [REFLEX] } })
  return board
}
/** Presses in the time given, each 25 ms long and 25 ms after the one before. */
function chatters(board: TestBoard, milliseconds: number) {
  for (let passed = 0; passed < milliseconds; passed += 50) {
    board.move('in-1', 'press')
    board.clock.advance(25)
    board.move('in-1', 'release')
    board.clock.advance(25)
  }
}
const numbered = (board: TestBoard) => board.reports({ again: false })
const stateOf = (board: TestBoard): InputState | undefined => {
  const [hello] = board.greeting()
  return hello?.say === 'hello' ? hello.inputs.find(one => one.input === 'in-1') : undefined
}
const idOf = ({ box, epoch, sequence }: PressId): PressId => ({ box, epoch, sequence })
const answer = (board: TestBoard) => {
  for (const press of numbered(board)) board.tell({ do: 'acknowledge', press: idOf(press), alarm: 'alm_1' })
}

test('a chattering contact is told as such; its presses count one a second, and the last of them is not lost', async t => {
  const board = await boardWithTable()
  for (let second = 0; second < 60; second += 1) {
    chatters(board, 1000)
    answer(board)
  }
  t.true(numbered(board).length >= 60 && numbered(board).length <= BURST + 61, `${numbered(board).length} of 1200`)
  t.true(stateOf(board)?.chattering)
  const before = numbered(board).length
  board.move('in-1', 'press')
  board.clock.advance(1000 + DEBOUNCE)
  t.is(numbered(board).length, before + 1)
  board.move('in-1', 'release')
  board.clock.advance(61_000)
  t.deepEqual(stateOf(board), { input: 'in-1', state: 'rest' })
  board.kill()
})

test('a press after the all-clear counts at once, however much the contact chattered before', async t => {
  const board = await boardWithTable()
  chatters(board, 5000)
  answer(board)
  board.tell({ do: 'release', owner: 'alm_1', presses: numbered(board).map(idOf) })
  t.false(board.lines.get('do-1'))
  const before = numbered(board).length
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  t.is(numbered(board).length, before + 1)
  t.true(board.lines.get('do-1'))
  board.kill()
})

test('what chattering for an hour leaves is bounded, answered or not, and the all-clear ends it', async t => {
  const board = await boardWithTable()
  const quarter = 900
  for (let second = 0; second < quarter; second += 1) {
    chatters(board, 200)
    board.clock.advance(800)
  }
  t.true(numbered(board).length <= BURST + 1, 'nobody answers: those that wait are reported again')
  answer(board)
  for (let second = 0; second < quarter; second += 1) {
    chatters(board, 200)
    board.clock.advance(800)
    answer(board)
  }
  await board.settled()
  const told = board.said.filter(message => message.say === 'input').length
  t.true(told < 4 * 2 * quarter, `${told} states told`)
  const lines = Buffer.from([...board.disk.files.values()].map(String).join('')).length
  t.true(lines < 600_000, `${lines} bytes of journal`)
  board.tell({ do: 'release', owner: 'alm_1', presses: numbered(board).slice(-160).map(idOf) })
  t.false(board.lines.get('do-1'))
  board.kill()
})

test('a button that stays pressed for a minute is told as stuck since then, also after the all-clear, until it comes back', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  const [press] = numbered(board)
  if (press === undefined) throw new Error('no press')
  answer(board)
  board.tell({ do: 'release', owner: 'alm_1', presses: [idOf(press)] })
  t.is(stateOf(board)?.stuckSince, undefined)
  board.clock.advance(STUCK_AFTER)
  t.is(stateOf(board)?.stuckSince, press.at)
  board.clock.advance(60 * 3_600_000)
  t.is(stateOf(board)?.stuckSince, press.at)
  board.move('in-1', 'release')
  board.clock.advance(DEBOUNCE)
  t.deepEqual(stateOf(board), { input: 'in-1', state: 'rest' })
  board.kill()
})

for (const [what, o] of [
  ['a crash of the board finds the hand that was there: no alarm anew, and stuck as before', { presses: 0 }],
  ['a board that was away for longer takes a hand that it finds for a press', { presses: 1, awayMilliseconds: 6000 }],
  ['after a reboot of the machine a hand that is found is a press', { presses: 1, boot: 'boot-2' }],
] as const) {
  test(what, async t => {
    const board = await boardWithTable()
    board.move('in-1', 'press')
    board.clock.advance(DEBOUNCE + STUCK_AFTER)
    const [press] = numbered(board)
    if (press === undefined) throw new Error('no press')
    answer(board)
    board.tell({ do: 'release', owner: 'alm_1', presses: [idOf(press)] })
    await board.settled()
    board.kill()
    const { disk, memory, looks, clock } = board
    if ('awayMilliseconds' in o) clock.advance(o.awayMilliseconds)
    const boot = 'boot' in o ? { boot: o.boot } : {}
    const next = await boardWithTable({ disk, memory, looks, clock, held: ['in-1'], ...boot })
    clock.advance(1000)
    t.is(numbered(next).length, o.presses)
    t.is(next.lines.get('do-1'), o.presses === 1)
    if (o.presses === 0) t.is(stateOf(next)?.stuckSince, press.at)
    next.move('in-1', 'release')
    clock.advance(1000)
    next.move('in-1', 'press')
    clock.advance(1000)
    t.is(numbered(next).length, o.presses + 1, 'the next hand is a press')
    next.kill()
  })
}
