// The simulated board keeps the contract, and what only it can do.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
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
