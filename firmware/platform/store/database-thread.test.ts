// The thread that reads records is there when it is asked, and not when nobody asks.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { FakeClock } from '../../testkit/fake-clock.ts'
import { DatabaseThread } from './database-thread.ts'

const REST = 30_000
const numbers = 'with recursive n(i) as (select 1 union all select i + 1 from n where i < 500) select i from n'

async function rig(t: ExecutionContext) {
  const folder = await mkdtemp(join(tmpdir(), 'thread-'))
  const clock = new FakeClock()
  const o = { path: join(folder, 'records.sqlite'), quotaBytes: 1 << 20 }
  const writer = new DatabaseThread({ ...o, role: 'writer' })
  const reader = new DatabaseThread({ ...o, role: 'reader' }, { clock, milliseconds: REST })
  t.teardown(async () => {
    for (const thread of [reader, writer]) await thread.close()
    await rm(folder, { recursive: true, force: true })
  })
  await writer.ask({ do: 'open' })
  const one = async () => (await reader.ask({ do: 'query', sql: 'select 1 as one', parameters: [] })).rows
  return { clock, writer, reader, one }
}

test('a reader that nobody asked for a while ends, the next question starts it again, the writer stays', async t => {
  const { clock, writer, reader, one } = await rig(t)
  t.deepEqual(await one(), [{ one: 1 }])
  await clock.advance(REST - 1)
  t.true(reader.running)
  await clock.advance(1)
  t.deepEqual([reader.running, writer.running], [false, true])
  t.deepEqual(await one(), [{ one: 1 }])
  t.true(reader.running)
})

test('a question puts the rest off, and one that comes as the reader goes is answered', async t => {
  const { clock, reader, one } = await rig(t)
  await one()
  await clock.advance(REST - 1)
  await one()
  await clock.advance(REST - 1)
  t.true(reader.running)
  const going = clock.advance(1)
  t.deepEqual(await one(), [{ one: 1 }])
  await going
})

test('a reader with an export that is not at its end does not rest', async t => {
  const { clock, reader } = await rig(t)
  const first = await reader.ask({ do: 'cursor', cursor: 1, sql: numbers, parameters: [], rows: 10 })
  t.is(first.rows?.length, 10)
  await clock.advance(10 * REST)
  t.is((await reader.ask({ do: 'more', cursor: 1, rows: 10 })).rows?.length, 10)
  await reader.ask({ do: 'close', cursor: 1 })
  await clock.advance(REST)
  t.false(reader.running)
})
