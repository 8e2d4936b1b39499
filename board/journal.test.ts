// The journal under torn, damaged and interrupted disks: what was acknowledged by the disk is never lost.
import test from 'ava'
import { keyOf, lineOf, readJournal } from './journal-records.ts'
import type { PressId } from './protocol.ts'
import { createFakeClock } from './testkit/fake-clock.ts'
import { createMemoryDisk } from './testkit/memory-disk.ts'
import { REFLEX, startTestBoard } from './testkit/test-board.ts'

/** A journal of a short day: presses, one acknowledged, one released too. */
async function journalOfADay(): Promise<Buffer> {
  const board = await startTestBoard()
  board.tell({ do: 'load', table: { hash: 'h1', reflexes: [REFLEX] } })
  await board.settled()
  for (let i = 0; i < 4; i += 1) {
    board.move('in-1', 'press')
    board.clock.advance(100)
    board.move('in-1', 'release')
    board.clock.advance(100)
    await board.settled()
  }
  board.tell({ do: 'acknowledge', press: press(board.epoch, 2), alarm: 'alm_1' })
  board.tell({ do: 'acknowledge', press: press(board.epoch, 3), alarm: 'alm_1' })
  board.tell({ do: 'release', owner: 'alm_1', presses: [press(board.epoch, 3)] })
  await board.settled()
  return board.disk.files.get('journal') ?? Buffer.alloc(0)
}

const press = (epoch: string, sequence: number): PressId => ({ box: 'box-1', epoch, sequence })

test('cut at any byte, the journal opens and every press whose line is whole is reported unless settled', async t => {
  const whole = await journalOfADay()
  const lines = whole.toString().split('\n')
  t.true(lines.length > 7)
  for (let length = 0; length <= whole.length; length += 1) {
    const cut = whole.subarray(0, length)
    const readable = cut.toString('latin1').split('\n')
    // A line is whole with its last character, whether or not the end of line behind it reached the disk.
    const records = readable.filter(line => lines.includes(line) && line !== '').map(line => JSON.parse(line.slice(9)))
    const acknowledged = new Set(records.filter(r => r.kind === 'acknowledged').map(r => keyOf(r.press)))
    const expected = records
      .filter(r => r.kind === 'press')
      .map(r => keyOf(r.press))
      .filter(key => !acknowledged.has(key))
    const disk = createMemoryDisk(new Map([['journal', Buffer.from(cut)]]))
    const board = await startTestBoard({ disk })
    t.deepEqual(board.reports().map(keyOf), expected, `cut after ${length} bytes`)
    board.kill()
  }
})

test('a damaged line in the middle costs itself only, and is told', async t => {
  const whole = await journalOfADay()
  const at = whole.indexOf('"sequence":2')
  whole.write('X', at)
  const board = await startTestBoard({ disk: createMemoryDisk(new Map([['journal', whole]])) })
  t.deepEqual(
    board.reports().map(p => p.sequence),
    [1, 4],
  )
  t.true(board.greeting().some(m => m.say === 'problem' && m.code === 'board.journal-damaged'))
})

test('when the newest journal lost its head, the one before it is read too', async t => {
  const previous = await journalOfADay()
  const files = new Map([
    ['journal.previous', previous],
    ['journal', Buffer.from('torn')],
  ])
  const board = await startTestBoard({ disk: createMemoryDisk(files) })
  t.deepEqual(
    board.reports().map(p => p.sequence),
    [1, 4],
  )
})

test('each start draws a new epoch, so that no number of a press can come twice', async t => {
  const first = await startTestBoard()
  const second = await startTestBoard({ disk: createMemoryDisk(first.disk.files) })
  t.not(first.epoch, second.epoch)
})

test('a journal that grew long is begun anew with what is unsettled', async t => {
  const board = await startTestBoard()
  const clock = board.clock
  board.move('in-1', 'press')
  clock.advance(20)
  for (let i = 0; i < 4000; i += 1) {
    const kind = i % 2 === 0 ? ('steady' as const) : ('blink' as const)
    const pattern = kind === 'steady' ? { kind } : { kind, onMilliseconds: 100, offMilliseconds: 100 }
    board.tell({ do: 'drive', output: 'strobe-2', owner: 'lamp test', priority: 1, pattern })
    if (i % 100 === 0) await board.settled()
  }
  await board.settled()
  const journal = board.disk.files.get('journal') ?? Buffer.alloc(0)
  t.true(journal.length < 300 * 1024)
  const read = readJournal(journal)
  t.is(read.damaged, 0)
  t.deepEqual([...read.state.presses.keys()], [keyOf(press(board.epoch, 1))])
})

test('a line knows its own damage', t => {
  const line = lineOf({ kind: 'acknowledged', press: press('e', 1), alarm: 'alm_1' })
  t.is(readJournal(Buffer.from(line)).damaged, 0)
  t.is(readJournal(Buffer.from(line.replace('alm_1', 'alm_2'))).damaged, 1)
})

test('until an unreadable journal has been read nothing is written over it', async t => {
  const old = await journalOfADay()
  const disk = createMemoryDisk(new Map([['journal', old]]))
  const read = disk.read
  let broken = true
  disk.read = name => (broken ? Promise.reject(new Error('EIO')) : read(name))
  const clock = createFakeClock()
  const board = await startTestBoard({ disk, clock })
  board.move('in-1', 'press')
  clock.advance(1500)
  for (let i = 0; i < 50; i += 1) await Promise.resolve()
  t.is(disk.files.get('journal'), old)
  t.is(board.reports({ again: false }).length, 1)
  broken = false
  clock.advance(1000)
  await board.settled()
  t.deepEqual(readJournal(disk.files.get('journal') ?? Buffer.alloc(0)).state.presses.size, 4)
})
