// The simulated board keeps the contract, and what only it can do.
import { mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { terminalsOf } from '../board.ts'
import { systemClock } from '../clock.ts'
import { boardContract } from '../contract.ts'
import { TEST_PROFILE } from '../testkit/test-board.ts'
import { contactsAfter } from './contacts.ts'
import { createPinReader, writePin } from './pin-file.ts'
import { createSimulatedDriver } from './simulated-driver.ts'

function open() {
  const directory = mkdtempSync(join(tmpdir(), 'simulated-'))
  const driver = createSimulatedDriver({ profile: TEST_PROFILE, directory, clock: systemClock })
  const pins = join(directory, 'pins')
  const inputOf = (id: string) => {
    const input = TEST_PROFILE.inputs.find(i => i.id === id)
    if (input === undefined) throw new Error(`no input ${id}`)
    return input
  }
  return Promise.resolve({
    profile: TEST_PROFILE,
    driver,
    move(id: string, how: 'press' | 'release' | 'cut' | 'short' | 'mend') {
      for (const [terminal, value] of contactsAfter(inputOf(id).wiring, how)) {
        writePin(join(pins, terminal), { value, at: systemClock.since() })
      }
    },
    level: (line: string) => createPinReader(join(pins, line)).changes().at(-1)?.value === 1,
    close() {
      rmSync(directory, { recursive: true })
      return Promise.resolve()
    },
    directory,
  })
}

boardContract(test, {
  name: 'simulated board',
  keepsEdges: true,
  outputs: true,
  async open() {
    const rig = await open()
    // The terminals' files stay from the board's first run.
    const first = createSimulatedDriver({ profile: TEST_PROFILE, directory: rig.directory, clock: systemClock })
    await first.start({ reading() {}, problem() {} })
    first.close()
    return rig
  },
})

test('a terminal file begun anew keeps its last changes and stays readable', async t => {
  const rig = await open()
  await rig.driver.start({ reading() {}, problem() {} })
  const file = join(rig.directory, 'pins', 'di-1')
  const reader = createPinReader(file)
  let seen = reader.changes().length
  for (let i = 0; i < 6000; i += 1) {
    writePin(file, { value: i % 2, at: systemClock.since() })
    if (i % 100 === 99) seen += reader.changes().length
  }
  t.is(seen, 6001)
  rig.driver.close()
  await rig.close()
})

test('a shorted contact shows nothing of its button until it is mended', async t => {
  const rig = await open()
  await rig.driver.start({ reading() {}, problem() {} })
  const [input] = TEST_PROFILE.inputs
  if (input === undefined) throw new Error('no input')
  const closed = () =>
    createPinReader(join(rig.directory, 'pins', 'di-1'))
      .changes()
      .at(-1)?.value
  rig.driver.operate?.(input.wiring, 'short')
  rig.driver.operate?.(input.wiring, 'press')
  t.is(closed(), 1)
  rig.driver.operate?.(input.wiring, 'mend')
  rig.driver.operate?.(input.wiring, 'press')
  t.is(closed(), 0)
  rig.driver.close()
  await rig.close()
})

test('what moves between two runs of the board is told by the second, in order and once', async t => {
  const rig = await open()
  const told: { terminal: string; value: unknown; at: number }[] = []
  const observer = {
    reading: (terminal: string, value: unknown, at: number) => void told.push({ terminal, value, at }),
    problem() {},
  }
  await rig.driver.start(observer)
  rig.driver.close()
  const twoContacts = TEST_PROFILE.inputs.find(input => input.wiring.kind === 'two-contacts')
  if (twoContacts === undefined) throw new Error('no button with two contacts')
  const before = systemClock.since()
  rig.move(twoContacts.id, 'press')
  rig.move(twoContacts.id, 'release')
  told.length = 0
  const run = () => createSimulatedDriver({ profile: TEST_PROFILE, directory: rig.directory, clock: systemClock })
  const second = run()
  await second.start(observer)
  second.close()
  const terminals = new Set(terminalsOf(twoContacts.wiring))
  const moved = told.filter(({ terminal, at }) => terminals.has(terminal) && at >= before)
  t.is(moved.length, 4)
  t.true(moved.every(({ at }, i) => at >= (moved[i - 1]?.at ?? 0)))
  t.is(
    new Set(moved.slice(0, 2).map(({ terminal }) => terminal)).size,
    2,
    'both contacts move before either moves back',
  )
  told.length = 0
  const third = run()
  await third.start(observer)
  third.close()
  t.true(
    told.every(({ at }) => moved.some(one => one.at === at) || at < before),
    'only levels, no edge again',
  )
  t.is(told.filter(({ terminal }) => terminals.has(terminal)).length, 2)
  await rig.close()
})

test('a damaged note of what was seen stops no board: it starts from the levels', async t => {
  for (const damage of ['{"di-1": 12', '[1, 2', 'null', '{"di-1": "soon"}', '']) {
    const rig = await open()
    await rig.driver.start({ reading() {}, problem() {} })
    rig.driver.close()
    writeFileSync(join(rig.directory, 'seen-edges'), damage)
    const told: string[] = []
    const second = createSimulatedDriver({ profile: TEST_PROFILE, directory: rig.directory, clock: systemClock })
    await second.start({ reading: terminal => void told.push(terminal), problem() {} })
    second.close()
    t.true(told.includes('di-1'), damage)
    await rig.close()
  }
  const rig = await open()
  mkdirSync(join(rig.directory, 'seen-edges', 'within'), { recursive: true })
  const problems: string[] = []
  await rig.driver.start({ reading() {}, problem: code => void problems.push(code) })
  rig.driver.close()
  t.deepEqual(problems, [])
  t.true(statSync(join(rig.directory, 'seen-edges')).isFile())
  await rig.close()
})
