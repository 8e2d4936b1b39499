// Files that a dying disk or a power cut damaged: the box starts on what can be read, and says what is lost.
import { appendFileSync, existsSync, readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { hearEachOther, talk, Voice } from '../phones/voice.ts'

interface Shown {
  readonly problems: readonly { readonly code: string; readonly text: string; readonly remedy: string }[]
  readonly safeMode: readonly string[]
}
type Numbered = { id: string; rev: number; number: string }

const numbersOf = async (box: TestBox) => (await box.resources<Numbered>('extension')).map(one => one.number).sort()
const shownBy = async (box: TestBox) => (await box.console()).ask<Shown>({ ask: 'problems' })

/** A box with two extensions in two changes, stopped. */
async function stopped(t: ExecutionContext): Promise<TestBox> {
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  await box.stations(['201'])
  await box.stations(['202'])
  await box.stop({ keep: true })
  return box
}

/** The board reports its own loss a moment later than the supervisor. */
async function saysSo(t: ExecutionContext, box: TestBox, code: RegExp): Promise<void> {
  const told = async () => (await shownBy(box)).problems.some(one => code.test(one.code))
  await until(`a problem ${code} is shown`, told, { seconds: 15, everyMilliseconds: 100 }).catch(async error => {
    throw new Error(`${error instanceof Error ? error.message : error}; shown: ${JSON.stringify(await shownBy(box))}`)
  })
  const problem = (await shownBy(box)).problems.find(one => code.test(one.code))
  t.true((problem?.text ?? '') !== '' && (problem?.remedy ?? '') !== '')
}

/** Overwrites the middle of a file, as a bad block reads. */
function spoil(file: string, from: number, length = 24): void {
  const bytes = readFileSync(file)
  bytes.fill(0xa5, from, Math.min(bytes.length, from + length))
  writeFileSync(file, bytes)
}

const logOf = (box: TestBox): string => {
  const directory = join(box.data, 'document')
  const name = readdirSync(directory)
    .filter(one => one.startsWith('changes.'))
    .sort()
    .at(-1)
  return join(directory, name ?? '')
}

async function works(t: ExecutionContext, box: TestBox): Promise<void> {
  const [a, b] = [await Voice.registered(t, box, '201'), await Voice.registered(t, box, '202')]
  const call = await talk(a, b)
  await hearEachOther(t, a, b)
  await call.hangUp()
}

test.serial(
  'a log of changes that ends in the middle of a change: all before it is there, and the loss is shown',
  async t => {
    const box = await stopped(t)
    const file = logOf(box)
    truncateSync(file, statSync(file).size - 40)
    await box.launch()
    t.deepEqual((await shownBy(box)).safeMode, [])
    t.deepEqual(await numbersOf(box), ['201'])
    await saysSo(t, box, /^store\.(log|change)/)
    // It can be written again at once.
    await box.stations(['202'])
    await works(t, box)
  },
)

test.serial(
  'a change in the middle of the log that cannot be read is left out and shown, the rest is there',
  async t => {
    const box = await stopped(t)
    const file = logOf(box)
    const text = readFileSync(file, 'utf8')
    spoil(file, Buffer.byteLength(text.slice(0, text.indexOf('"Post 201"'))), 8)
    await box.launch()
    t.deepEqual((await shownBy(box)).safeMode, [])
    t.true((await numbersOf(box)).includes('202'))
    await saysSo(t, box, /^store\.log-damaged/)
  },
)

test.serial(
  'noise behind the vault, the live facts and the journal of the board is left out; everything works',
  async t => {
    const box = await stopped(t)
    const live = join(box.data, 'live')
    for (const file of [join(box.data, 'vault.log'), join(box.data, 'board', 'journal')])
      if (existsSync(file) && statSync(file).isFile()) appendFileSync(file, Buffer.from([0, 1, 2, 0xff, 10, 0x7b]))
    for (const name of readdirSync(live)) appendFileSync(join(live, name), '{"id":"half a li')
    await box.launch()
    t.deepEqual((await shownBy(box)).safeMode, [])
    t.deepEqual(await numbersOf(box), ['201', '202'])
    await works(t, box)
  },
)

test.serial(
  'records that are no database any more are put aside and shown; calls go on and are recorded anew',
  async t => {
    const box = await stopped(t)
    writeFileSync(join(box.data, 'records.sqlite'), Buffer.alloc(8192, 0xa5))
    await box.launch()
    t.deepEqual((await shownBy(box)).safeMode, [])
    t.deepEqual(await numbersOf(box), ['201', '202'])
    await saysSo(t, box, /^records\./)
    await works(t, box)
    const recorded = async () => (await box.ask<{ calls: object[] }>('call-records/search')).calls.length === 1
    await until('the call is recorded', recorded)
  },
)
