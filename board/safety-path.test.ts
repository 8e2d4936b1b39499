// The safety path judged by what leaves it, in which order, and when the disk does not answer.
import test from 'ava'
import type { PressId } from './protocol.ts'
import { createMemoryDisk } from './testkit/memory-disk.ts'
import { REFLEX, rtp, startTestBoard, type TestBoard } from './testkit/test-board.ts'

const TABLE = { hash: 'h1', reflexes: [REFLEX] }
const DEBOUNCE = 15

async function boardWithTable(): Promise<TestBoard> {
  const board = await startTestBoard()
  board.tell({ do: 'load', table: TABLE })
  await board.settled()
  board.order.length = 0
  return board
}

function pressOf(board: TestBoard): PressId {
  const report = board.reports().at(-1)
  if (report === undefined) throw new Error('no press was reported')
  return { box: report.box, epoch: report.epoch, sequence: report.sequence }
}

test('a press drives its strobe and is reported in the tick of the edge, with the disk frozen', async t => {
  const board = await boardWithTable()
  board.disk.freeze()
  board.move('in-1', 'press')
  t.is(board.lines.get('do-1'), false)
  board.clock.advance(DEBOUNCE)
  t.true(board.lines.get('do-1'))
  t.deepEqual(
    board.reports().map(p => [p.input, p.sequence, p.ageMilliseconds]),
    [['in-1', 1, DEBOUNCE]],
  )
})

test('the reflex comes before the report', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  t.is(board.order[0], 'do-1 on')
  t.true(board.order.indexOf('do-1 on') < board.order.indexOf('pressed'))
})

test('a contact that bounces for less than its debounce is no press', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE - 1)
  board.move('in-1', 'release')
  board.clock.advance(1000)
  t.deepEqual(board.reports(), [])
})

test('a press is reported every second until it is acknowledged', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(3000)
  const before = board.reports().length
  t.true(before >= 3)
  board.tell({ do: 'acknowledge', press: pressOf(board), alarm: 'alm_1' })
  board.clock.advance(5000)
  t.is(board.reports().length, before)
})

test('a disk that hangs is a problem, and presses are numbered and reported all the same', async t => {
  const board = await boardWithTable()
  board.disk.freeze()
  for (let i = 0; i < 5; i += 1) {
    board.move('in-1', 'press')
    board.clock.advance(500)
    board.move('in-1', 'release')
    board.clock.advance(500)
  }
  t.deepEqual(
    board.reports({ again: false }).map(p => p.sequence),
    [1, 2, 3, 4, 5],
  )
  t.true(board.said.some(m => m.say === 'problem' && m.code === 'board.journal-stuck' && !m.solved))
  board.disk.thaw()
  await board.settled()
  t.true(board.said.some(m => m.say === 'problem' && m.code === 'board.journal-stuck' && m.solved))
  const next = await startTestBoard({ disk: createMemoryDisk(board.disk.files), clock: board.clock })
  t.deepEqual(
    next.reports().map(p => [p.epoch, p.sequence]),
    [1, 2, 3, 4, 5].map(n => [board.epoch, n]),
  )
})

test('a full disk is a problem that ends when there is room, and nothing unsettled is missing then', async t => {
  const board = await boardWithTable()
  board.disk.fill()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  await turns()
  t.true(board.said.some(m => m.say === 'problem' && m.code === 'board.journal-failed' && !m.solved))
  board.disk.makeRoom()
  board.clock.advance(1000)
  await board.settled()
  t.true(board.said.some(m => m.say === 'problem' && m.code === 'board.journal-failed' && m.solved))
  const next = await startTestBoard({ disk: createMemoryDisk(board.disk.files), clock: board.clock })
  t.deepEqual(
    next.reports().map(p => p.sequence),
    [1],
  )
})

test('after a crash the outputs of a live press come back, and all clear ends them', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  const press = pressOf(board)
  board.tell({ do: 'acknowledge', press, alarm: 'alm_1' })
  await board.settled()
  board.kill()
  const next = await startTestBoard({ disk: createMemoryDisk(board.disk.files), clock: board.clock })
  t.true(next.lines.get('do-1'))
  t.deepEqual(next.reports(), [])
  next.tell({ do: 'release', owner: 'alm_1', presses: [press] })
  t.false(next.lines.get('do-1'))
  await next.settled()
  next.kill()
  const last = await startTestBoard({ disk: createMemoryDisk(next.disk.files), clock: next.clock })
  t.false(last.lines.get('do-1'))
})

test('killed between a press and its line on the disk, the board forgets neither press nor strobe', async t => {
  const board = await boardWithTable()
  board.disk.freeze()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  const press = pressOf(board)
  board.kill()
  const { memory, clock } = board
  const next = await startTestBoard({ disk: createMemoryDisk(board.disk.files), memory, clock })
  t.deepEqual(
    next.reports().map(p => [p.epoch, p.sequence]),
    [[press.epoch, press.sequence]],
  )
  t.true(next.lines.get('do-1'))
  await next.settled()
  t.is(memory.read().length, 0)
})

test('what is said before the disk gives the past counts for the past too', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  const press = pressOf(board)
  await board.settled()
  board.kill()
  const disk = createMemoryDisk(board.disk.files)
  disk.freeze()
  const next = await startTestBoard({ disk, clock: board.clock })
  next.tell({ do: 'acknowledge', press, alarm: 'alm_1' })
  next.tell({ do: 'release', owner: 'alm_1', presses: [press] })
  disk.thaw()
  await next.settled()
  next.clock.advance(2000)
  t.deepEqual(next.reports(), [])
  t.false(next.lines.get('do-1'))
})

test('a press without any table fires when the first one comes', async t => {
  const board = await startTestBoard()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  t.false(board.lines.get('do-1'))
  board.tell({ do: 'load', table: TABLE })
  t.true(board.lines.get('do-1'))
  board.tell({ do: 'release', owner: 'alm_1', presses: [pressOf(board)] })
  t.false(board.lines.get('do-1'))
})

test('a press that was released but never acknowledged is reported still, with its outputs off', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  board.tell({ do: 'release', owner: 'alm_1', presses: [pressOf(board)] })
  await board.settled()
  board.kill()
  const next = await startTestBoard({ disk: createMemoryDisk(board.disk.files), clock: board.clock })
  t.is(next.reports().length, 1)
  t.false(next.lines.get('do-1'))
})

test('drives survive a crash of the board, and a reboot of the machine ends them', async t => {
  const board = await boardWithTable()
  board.tell({ do: 'drive', output: 'strobe-2', owner: 'alm_1', priority: 1, pattern: { kind: 'steady' } })
  await board.settled()
  board.kill()
  const crashed = await startTestBoard({ disk: createMemoryDisk(new Map(board.disk.files)), clock: board.clock })
  t.true(crashed.lines.get('do-2'))
  const rebooted = await startTestBoard({
    disk: createMemoryDisk(new Map(board.disk.files)),
    clock: board.clock,
    boot: 'boot-2',
  })
  t.false(rebooted.lines.get('do-2'))
})

test('a new client is told the state, the problems and every unacknowledged press', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  const [hello, ...rest] = board.greeting()
  t.is(hello?.say === 'hello' ? hello.tableHash : undefined, 'h1')
  t.is(rest.filter(m => m.say === 'pressed').length, 1)
})

test('contacts that disagree for longer than a button travels are a fault, not a press', async t => {
  const board = await boardWithTable()
  board.move('in-2', 'cut')
  board.clock.advance(101)
  t.deepEqual(board.reports(), [])
  t.true(board.said.some(m => m.say === 'input' && m.input.state === 'fault' && m.input.fault === 'contacts disagree'))
})

test('a press whose table the disk has not given yet fires as soon as it comes', async t => {
  const first = await boardWithTable()
  await turns()
  const disk = createMemoryDisk(first.disk.files)
  disk.freeze()
  const board = await startTestBoard({ disk, clock: first.clock })
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  t.is(board.reports().length, 1)
  t.false(board.lines.get('do-1'))
  disk.thaw()
  await turns()
  t.true(board.lines.get('do-1'))
})

test('without a word from the supervisor the message is heard 250 ms after the press, with the relay settled', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  t.true(board.lines.get('do-3'))
  board.clock.advance(240)
  t.false(board.frames.includes(true))
  board.clock.advance(40)
  t.true(board.frames.includes(true))
  board.clock.advance(10_000)
  t.true(board.said.some(m => m.say === 'message-played' && m.complete && m.amplifier === 'hall'))
  board.clock.advance(3000)
  t.false(board.lines.get('do-3'))
})

test('audio that leaves in time keeps the message back', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  const press = pressOf(board)
  board.tell({ do: 'speak', amplifier: 'hall', owner: 'page-1', priority: 4, ssrc: 7 })
  board.tell({ do: 'audio-leaving', press })
  page(board, { frames: 100, ssrc: 7 })
  board.tell({ do: 'silence', amplifier: 'hall', owner: 'page-1' })
  board.clock.advance(10_000)
  t.false(board.said.some(m => m.say === 'message-played'))
})

test('audio that was promised and never came gives the hall its message', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  board.tell({ do: 'audio-leaving', press: pressOf(board) })
  board.clock.advance(900)
  t.false(board.frames.includes(true))
  board.clock.advance(10_000)
  t.true(board.said.some(m => m.say === 'message-played' && m.complete))
})

test('an alarm page takes the message over, and dying in mid word gives it back', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(1000)
  const press = pressOf(board)
  board.tell({ do: 'speak', amplifier: 'hall', owner: 'page-1', priority: 4, ssrc: 7 })
  board.tell({ do: 'audio-leaving', press })
  page(board, { frames: 50, ssrc: 7 })
  const heard = board.frames.length
  board.clock.advance(280)
  t.false(board.frames.slice(heard + 3).includes(true))
  board.clock.advance(200)
  t.true(board.frames.slice(heard + 14).includes(true))
  board.clock.advance(10_000)
  t.true(board.said.some(m => m.say === 'message-played' && m.complete))
})

test('a page of lower rank does not silence the message', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  board.tell({ do: 'speak', amplifier: 'hall', owner: 'lunch', priority: 3, ssrc: 7 })
  page(board, { frames: 500, ssrc: 7 })
  t.true(board.said.some(m => m.say === 'message-played' && m.complete))
})

test('of two messages the one of the graver alarm is heard, then the other from its beginning', async t => {
  const grave = { ...REFLEX, input: 'in-2', plan: 'gas', priority: 200, outputs: [] }
  const board = await startTestBoard()
  board.tell({ do: 'load', table: { hash: 'h2', reflexes: [REFLEX, grave] } })
  board.move('in-1', 'press')
  board.clock.advance(2000)
  board.move('in-2', 'press')
  board.clock.advance(25_000)
  const played = board.said.flatMap(m => (m.say === 'message-played' ? [[m.press.sequence, m.complete]] : []))
  t.deepEqual(played, [
    [2, true],
    [1, true],
  ])
})

test('two messages of equally grave alarms take turns, a round each', async t => {
  const as = (o: { input: string; plan: string; repeats: number }) => {
    const { message } = REFLEX
    if (message === undefined) throw new Error('the reflex of the tests has a message')
    return { ...REFLEX, input: o.input, plan: o.plan, outputs: [], message: { ...message, repeats: o.repeats } }
  }
  const board = await startTestBoard()
  const reflexes = [as({ input: 'in-1', plan: 'fire', repeats: 20 }), as({ input: 'in-2', plan: 'gas', repeats: 2 })]
  board.tell({ do: 'load', table: { hash: 'h2', reflexes } })
  board.move('in-1', 'press')
  board.clock.advance(50)
  board.move('in-2', 'press')
  board.clock.advance(25_000)
  const played = board.said.flatMap(m => (m.say === 'message-played' ? [[m.press.sequence, m.complete]] : []))
  t.deepEqual(played, [[2, true]], 'the second is over, the first goes on')
})

test('all clear stops the message', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(1000)
  board.tell({ do: 'release', owner: 'alm_1', presses: [pressOf(board)] })
  const heard = board.frames.length
  board.clock.advance(10_000)
  t.false(board.frames.slice(heard).includes(true))
  t.true(board.said.some(m => m.say === 'message-played' && !m.complete))
})

test('pressing a button whose plan is live disturbs nothing and is a press of its own', async t => {
  const board = await boardWithTable()
  board.move('in-1', 'press')
  board.clock.advance(1000)
  board.move('in-1', 'release')
  board.clock.advance(100)
  board.order.length = 0
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  t.false(board.order.some(what => what.startsWith('do-1')))
  t.deepEqual(
    board.reports({ again: false }).map(p => p.sequence),
    [1, 2],
  )
  board.clock.advance(10_000)
  const played = board.said.flatMap(m => (m.say === 'message-played' ? [m.press.sequence] : []))
  t.deepEqual(played.sort(), [1, 2])
})

/** A page of `frames` packets, one every 20 ms. */
function page(board: TestBoard, o: { frames: number; ssrc: number }) {
  for (let i = 0; i < o.frames; i += 1) {
    board.datagram(rtp(i, o.ssrc))
    board.clock.advance(20)
  }
}

async function turns(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await Promise.resolve()
}
