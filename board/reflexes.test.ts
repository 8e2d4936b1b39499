// The reflex table on disk: kept, checked, and the former one taken when the newest is damaged.
import test from 'ava'
import { namesOf } from './commands.ts'
import { createProblems, type Problem } from './problems.ts'
import { openReflexes, type Reflexes } from './reflexes.ts'
import { createFakeClock } from './testkit/fake-clock.ts'
import { createMemoryDisk, type MemoryDisk } from './testkit/memory-disk.ts'
import { REFLEX, TEST_PROFILE } from './testkit/test-board.ts'

const table = (hash: string) => ({ hash, reflexes: [REFLEX] })

function open(disk: MemoryDisk) {
  const clock = createFakeClock()
  const raised: Problem[] = []
  const problems = createProblems((problem, state) => void (state === 'raised' && raised.push(problem)))
  const reflexes: Reflexes = openReflexes({ disk, names: namesOf(TEST_PROFILE), clock, problems })
  return { clock, raised, problems, reflexes }
}

async function turns(): Promise<void> {
  for (let i = 0; i < 50; i += 1) await Promise.resolve()
}

test('a table is in force at once and after the next start', async t => {
  const disk = createMemoryDisk()
  const first = open(disk)
  await first.reflexes.restored
  first.reflexes.load(table('h1'))
  t.deepEqual(first.reflexes.of('in-1'), [REFLEX])
  t.deepEqual(first.reflexes.of('in-2'), [])
  await turns()
  const second = open(disk)
  t.is((await second.reflexes.restored)?.hash, 'h1')
  t.deepEqual(second.reflexes.of('in-1'), [REFLEX])
})

test('a damaged table is a problem, and the one before it is in force', async t => {
  const disk = createMemoryDisk()
  const first = open(disk)
  first.reflexes.load(table('h1'))
  await turns()
  first.reflexes.load(table('h2'))
  await turns()
  disk.files.get('reflexes')?.write('X', 100)
  const second = open(disk)
  t.is((await second.reflexes.restored)?.hash, 'h1')
  t.deepEqual(
    second.raised.map(p => p.code),
    ['board.table-unreadable'],
  )
})

test('a table that the disk does not take is in force, is a problem, and is kept when there is room', async t => {
  const disk = createMemoryDisk()
  const board = open(disk)
  disk.fill()
  board.reflexes.load(table('h1'))
  await turns()
  t.is(board.reflexes.hash, 'h1')
  t.deepEqual(
    board.problems.now().map(p => p.code),
    ['board.table-not-kept'],
  )
  disk.makeRoom()
  board.clock.advance(1000)
  await turns()
  t.deepEqual(board.problems.now(), [])
  t.is((await open(disk).reflexes.restored)?.hash, 'h1')
})

test('a table from the supervisor is not undone by the one that the disk gives late', async t => {
  const disk = createMemoryDisk()
  open(disk).reflexes.load(table('h1'))
  await turns()
  disk.freeze()
  const board = open(disk)
  board.reflexes.load(table('h2'))
  disk.thaw()
  await board.reflexes.restored
  t.is(board.reflexes.hash, 'h2')
})
