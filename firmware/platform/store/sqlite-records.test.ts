// Records: writes that never wait, reads that see them, a disk that fills up, a database that rots.
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { type Generated, sql } from 'kysely'
import { within } from '../../kernel/clock.ts'
import type { Migration } from '../../kernel/records.ts'
import { FakeClock } from '../../testkit/fake-clock.ts'
import { SqliteRecords } from './sqlite-records.ts'

interface Tables {
  calls_log: { id: Generated<number>; number: string; answered: boolean | number; cause: string | null }
}

const migrations: Migration[] = [
  {
    id: 'calls-1',
    up: async db => {
      await db.schema
        .createTable('calls_log')
        .addColumn('id', 'integer', c => c.primaryKey())
        .addColumn('number', 'text', c => c.notNull())
        .addColumn('answered', 'integer', c => c.notNull())
        .execute()
    },
  },
  {
    id: 'calls-2',
    up: async db => void (await db.schema.alterTable('calls_log').addColumn('cause', 'text').execute()),
  },
]

async function directory(t: ExecutionContext): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'records-'))
  t.teardown(() => rm(path, { recursive: true, force: true }))
  return path
}

function records(
  t: ExecutionContext,
  path: string,
  o: { quotaBytes?: number; queueLimit?: number; clock?: FakeClock } = {},
) {
  const { clock = new FakeClock(), ...rest } = o
  const opened = new SqliteRecords({ path: join(path, 'records.sqlite'), clock, ...rest })
  t.teardown(() => opened.close())
  return opened
}

const insert = (r: SqliteRecords, number: string) =>
  r.db<Tables>().insertInto('calls_log').values({ number, answered: true, cause: 'answered' })

const count = async (r: SqliteRecords): Promise<number> =>
  (
    await r
      .db<Tables>()
      .selectFrom('calls_log')
      .select(eb => eb.fn.countAll<number>().as('n'))
      .executeTakeFirstOrThrow()
  ).n

test('writes return at once, keep their order and are there once settled, in this process and the next', async t => {
  const path = await directory(t)
  const first = records(t, path)
  t.deepEqual(await first.open(migrations), [])
  for (let n = 0; n < 1_200; n++) first.write(insert(first, String(n)))
  first.write(first.db<Tables>().updateTable('calls_log').set({ cause: 'busy' }).where('number', '=', '1199'))
  await first.settled()
  const last = await first.db<Tables>().selectFrom('calls_log').selectAll().orderBy('id', 'desc').executeTakeFirst()
  t.deepEqual(last, { id: 1200, number: '1199', answered: 1, cause: 'busy' })
  t.deepEqual(first.state, { queued: 0, lost: 0 })
  await first.close()
  const second = records(t, path)
  t.deepEqual(await second.open(migrations), [])
  t.is(await count(second), 1_200)
})

test('what is written before the database is open waits for it', async t => {
  const r = records(t, await directory(t))
  r.write(insert(r, '201'))
  const read = count(r)
  const open = r.open(migrations)
  r.write(insert(r, '202'))
  await open
  t.true((await read) <= 2)
  await r.settled()
  t.is(await count(r), 2)
  t.is(r.state.lost, 0)
})

test('a database that cannot be opened is tried again, and what was written meanwhile is there', async t => {
  const path = await directory(t)
  const clock = new FakeClock()
  const r = records(t, join(path, 'not-yet'), { clock })
  await t.throwsAsync(r.open(migrations))
  r.write(insert(r, '201'))
  t.deepEqual(
    r.problems().map(p => p.code),
    ['records.stalled'],
  )
  await mkdir(join(path, 'not-yet'))
  await clock.advance('3s')
  await r.settled()
  t.is(await count(r), 1)
  t.deepEqual(r.problems(), [])
})

test('transactions of a page and queued writes take turns, and a transaction that fails leaves nothing', async t => {
  const r = records(t, await directory(t))
  await r.open(migrations)
  const failing = r
    .db<Tables>()
    .transaction()
    .execute(async trx => {
      await trx.insertInto('calls_log').values({ number: 'x', answered: 0, cause: null }).execute()
      r.write(insert(r, '201'))
      t.is((await trx.selectFrom('calls_log').selectAll().execute()).length, 1)
      throw new Error('the page gave up')
    })
  await t.throwsAsync(failing, { message: 'the page gave up' })
  await r.settled()
  t.deepEqual(await r.db<Tables>().selectFrom('calls_log').select('number').execute(), [{ number: '201' }])
})

test('a statement that breaks a rule is lost alone and counted', async t => {
  const r = records(t, await directory(t))
  await r.open(migrations)
  r.write(insert(r, '1'))
  r.write(r.db<Tables>().insertInto('calls_log').values({ id: 1, number: 'again', answered: 0, cause: null }))
  r.write(r.db<{ nowhere: { n: number } }>().insertInto('nowhere').values({ n: 1 }))
  r.write(insert(r, { at: 3 } as unknown as string))
  r.write(insert(r, '2'))
  await r.settled()
  t.is(await count(r), 2)
  t.is(r.state.lost, 3)
  t.regex(r.state.lastError ?? '', /nowhere/)
  t.deepEqual(
    r.problems().map(p => p.code),
    ['records.lost'],
  )
})

test('when the disk is full the queue holds, is bounded, is shown, and is caught up with when there is room', async t => {
  const clock = new FakeClock()
  const r = records(t, await directory(t), { quotaBytes: 120_000, queueLimit: 300, clock })
  await r.open(migrations)
  const bulky = 'x'.repeat(2_000)
  for (let n = 0; n < 100; n++) r.write(insert(r, bulky))
  const full = () => r.problems().some(p => p.code === 'records.stalled')
  for (let n = 0; n < 500 && !full(); n++) await count(r)
  t.true(full())
  t.regex(r.state.lastError ?? '', /full/)
  t.is(r.state.queued, 100)
  for (let n = 0; n < 250; n++) r.write(insert(r, 'short'))
  t.deepEqual([r.state.queued, r.state.lost], [300, 50])
  await sql`pragma max_page_count = 100000`.execute(r.db())
  await clock.advance('3s')
  await r.settled()
  t.is(await count(r), 300)
  t.false(full())
})

test('a database that cannot be opened again and again stays on the health page, with what the last attempt said', async t => {
  const path = await directory(t)
  const clock = new FakeClock()
  const r = records(t, join(path, 'not-yet'), { clock })
  await t.throwsAsync(r.open(migrations))
  r.write(insert(r, '201'))
  // A file where its directory should be: another error than before, met by the attempts behind only.
  await writeFile(join(path, 'not-yet'), 'in the way')
  const [first] = r.problems()
  const deadline = performance.now() + 30_000
  while (r.problems()[0]?.text === first?.text && performance.now() < deadline) await clock.advance('3s')
  const [later] = r.problems()
  t.is(later?.code, 'records.stalled')
  t.not(later?.text, first?.text)
  await rm(join(path, 'not-yet'))
  await mkdir(join(path, 'not-yet'))
  while (r.problems().length > 0 && performance.now() < deadline) await clock.advance('3s')
  await r.settled()
  t.is(await count(r), 1)
  t.deepEqual(r.problems(), [])
})

test('a damaged database is set aside under a dated name, a new one is begun, and the loss is shown', async t => {
  const path = await directory(t)
  const first = records(t, path)
  await first.open(migrations)
  first.write(insert(first, '201'))
  await first.close()
  await writeFile(join(path, 'records.sqlite'), Buffer.alloc(8_192, 'rot'))
  const second = records(t, path)
  t.deepEqual(await second.open(migrations), [])
  second.write(insert(second, '202'))
  await second.settled()
  t.is(await count(second), 1)
  t.deepEqual(
    second.problems().map(p => p.code),
    ['records.set-aside'],
  )
  t.true((await readdir(path)).some(name => /^records\.sqlite\.damaged-\d{4}-/.test(name)))
})

test('a step that fails is taken back whole, holds no other feature up, and is taken later', async t => {
  const path = await directory(t)
  const broken: Migration = {
    id: 'queues-1',
    up: async db => {
      await db.schema.createTable('queues_log').addColumn('id', 'integer').execute()
      await sql`insert into nowhere values (1)`.execute(db)
    },
  }
  const first = records(t, path)
  const failed = await first.open([broken, ...migrations])
  t.deepEqual(
    failed.map(f => f.id),
    ['queues-1'],
  )
  t.deepEqual(
    first.problems().map(p => p.code),
    ['records.not-migrated:queues-1'],
  )
  t.is(await count(first), 0)
  await first.close()
  const second = records(t, path)
  const mended = {
    ...broken,
    up: async (db: Parameters<Migration['up']>[0]) =>
      void (await db.schema.createTable('queues_log').addColumn('id', 'integer').execute()),
  }
  t.deepEqual(await second.open([mended, ...migrations]), [])
})

test('an export reads row by row while others read and write', async t => {
  const r = records(t, await directory(t))
  await r.open(migrations)
  for (let n = 0; n < 1_000; n++) r.write(insert(r, String(n)))
  await r.settled()
  const seen: string[] = []
  for await (const row of r.db<Tables>().selectFrom('calls_log').select('number').orderBy('id').stream(100)) {
    seen.push(row.number)
    if (seen.length === 150) await insert(r, 'between').execute()
    if (seen.length === 250) t.is(await count(r), 1_001)
  }
  t.is(seen[999], '999')
})

test('closing does not wait for a disk that refuses', async t => {
  const clock = new FakeClock()
  const r = records(t, await directory(t), { quotaBytes: 40_000, clock })
  await r.open(migrations)
  for (let n = 0; n < 50; n++) r.write(insert(r, 'x'.repeat(3_000)))
  for (let n = 0; n < 500 && r.problems().length === 0; n++) await count(r)
  await t.notThrowsAsync(within(clock, 60_000, r.close()))
})
