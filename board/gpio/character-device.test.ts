// The driver of GPIO chips and its addon under the contract of all boards, over a chip that is preloaded into the process.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { BoardObserver, Driver, Operation } from '../board.ts'
import { systemClock } from '../clock.ts'
import { boardContract, type ContractRig } from '../contract.ts'
import { loadNative } from '../native.ts'
import type { BoardProfile } from '../protocol.ts'
import { lineCutter } from '../protocol-lines.ts'
import { contactsAfter } from '../simulated/contacts.ts'

const PROFILE: BoardProfile = {
  box: 'box-1',
  driver: 'gpio',
  inputs: [
    {
      id: 'in-1',
      label: 'Press line',
      wiring: { kind: 'normally-closed', line: 'fake-chip:1' },
      debounceMilliseconds: 10,
    },
    {
      id: 'in-2',
      label: 'Paint',
      wiring: { kind: 'two-contacts', closed: 'fake-chip:2', open: 'fake-chip:3' },
      debounceMilliseconds: 20,
    },
  ],
  outputs: [{ id: 'strobe-1', label: 'Strobe', use: 'strobe', line: 'fake-chip:9', failSafe: 'off' }],
  amplifiers: [],
}

const testkit = join(import.meta.dirname, '../testkit')

interface FakeRig extends ContractRig {
  hands(words: string): void
  readonly problems: string[]
}

async function open(): Promise<FakeRig> {
  const directory = mkdtempSync(join(tmpdir(), 'chip-'))
  const library = join(directory, 'fake-gpiochip.so')
  const made = spawnSync('cc', [
    '-shared',
    '-fPIC',
    '-O1',
    '-o',
    library,
    join(testkit, 'fake-gpiochip.c'),
    '-ldl',
    '-pthread',
  ])
  if (made.status !== 0) throw new Error(made.stderr.toString())
  writeFileSync(join(directory, 'gpiochip0'), '')
  const child = spawn(process.execPath, [join(testkit, 'driver-child.ts'), directory, JSON.stringify(PROFILE)], {
    stdio: ['pipe', 'pipe', 'inherit'],
    env: { ...process.env, LD_PRELOAD: library, FAKE_GPIO: directory },
  })
  const { notify } = loadNative()
  const hands = (words: string) => {
    for (let i = 0; ; i += 1) {
      try {
        return notify(join(directory, 'hands'), words)
      } catch (error) {
        // The chip's queue of ten is full: on a busy machine it needs a moment.
        if (i > 2000) throw error
        Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
      }
    }
  }
  for (let i = 0; i < 500 && !existsSync(join(directory, 'hands')); i += 1) await pause(10)
  const problems: string[] = []
  const rig: FakeRig = {
    profile: PROFILE,
    driver: driverOf(child, problems),
    problems,
    hands,
    move(id: string, how: Operation) {
      const input = PROFILE.inputs.find(i => i.id === id)
      if (input === undefined) throw new Error(`no input ${id}`)
      // A closed contact pulls its line to ground.
      for (const [line, closed] of contactsAfter(input.wiring, how))
        hands(`level ${line.split(':')[1]} ${closed === 1 ? 0 : 1}`)
    },
    level: line => readIfThere(join(directory, `out-${line.split(':')[1]}`)) === '1',
    async close() {
      if (child.exitCode !== null || child.signalCode !== null) return
      await new Promise<void>(resolve => {
        child.once('exit', () => resolve())
        child.kill('SIGKILL')
      })
      rmSync(directory, { recursive: true })
    },
  }
  for (const { id } of PROFILE.inputs) rig.move(id, 'mend')
  return rig
}

function driverOf(child: ChildProcess, problems: string[]): Driver {
  const command = (c: object) => void child.stdin?.write(`${JSON.stringify(c)}\n`)
  return {
    debounces: true,
    start: (observer: BoardObserver) =>
      new Promise((resolve, reject) => {
        const cut = lineCutter(line => {
          const fact = JSON.parse(line) as {
            terminal?: string
            value: number
            at: number
            code?: string
            state?: string
            started?: true
            failed?: string
          }
          if (fact.terminal !== undefined) observer.reading(fact.terminal, fact.value, fact.at)
          if (fact.code !== undefined) problems.push(`${fact.state} ${fact.code}`)
          if (fact.started !== undefined) resolve()
          if (fact.failed !== undefined) reject(new Error(fact.failed))
        })
        child.stdout?.on('data', (bytes: Buffer) => void cut(bytes))
        command({ do: 'start' })
      }),
    set(line, on) {
      command({ do: 'set', line, on })
      return undefined
    },
    audio: () => ({ write() {}, close() {} }),
    close: () => command({ do: 'close' }),
  }
}

boardContract(test, { name: 'GPIO chip', open, keepsEdges: true, outputs: true })

test('edges that the kernel had to drop are a problem, and the levels are read anew', async t => {
  const rig = await open()
  const levels = new Map<string, unknown>()
  await rig.driver.start({ reading: (terminal, value) => void levels.set(terminal, value), problem() {} })
  t.is(levels.get('fake-chip:1'), 1)
  rig.hands('lose 1')
  rig.move('in-1', 'press')
  // The lost edge shows with the next one that arrives, of whichever line of the request.
  rig.move('in-1', 'release')
  rig.move('in-1', 'press')
  t.true(await until(() => rig.problems.includes('raised board.lines:fake-chip:1:lost')))
  t.true(await until(() => levels.get('fake-chip:1') === 0))
  await rig.close()
})

test('a chip that dies leaves no button at rest, and is taken again when it is back, with its outputs as they should be', async t => {
  const rig = await open()
  t.teardown(() => rig.close())
  const levels = new Map<string, unknown>()
  await rig.driver.start({ reading: (terminal, value) => void levels.set(terminal, value), problem() {} })
  t.is(levels.get('fake-chip:1'), 1)
  rig.hands('die')
  t.true(await until(() => [1, 2, 3].every(offset => levels.get(`fake-chip:${offset}`) === 'silent')))
  t.true(rig.problems.includes('raised board.lines:fake-chip:1'))
  rig.driver.set('fake-chip:9', true)
  rig.move('in-1', 'press')
  rig.hands('heal')
  t.true(await until(() => levels.get('fake-chip:1') === 0 && levels.get('fake-chip:2') === 1))
  t.true(await until(() => rig.problems.includes('solved board.lines:fake-chip:1')))
  t.true(await until(() => rig.level?.('fake-chip:9') === true))
})

test('a chip that hangs is told as silent, and what moved meanwhile is known when it answers', async t => {
  const rig = await open()
  t.teardown(() => rig.close())
  const levels = new Map<string, unknown>()
  await rig.driver.start({ reading: (terminal, value) => void levels.set(terminal, value), problem() {} })
  rig.hands('hang')
  t.true(await until(() => levels.get('fake-chip:1') === 'silent'))
  rig.move('in-1', 'press')
  rig.hands('wake')
  t.true(await until(() => levels.get('fake-chip:1') === 0 && levels.get('fake-chip:2') === 1))
})

test('an edge that never came is seen by its level', async t => {
  const rig = await open()
  t.teardown(() => rig.close())
  const levels = new Map<string, unknown>()
  await rig.driver.start({ reading: (terminal, value) => void levels.set(terminal, value), problem() {} })
  rig.hands('lose 1')
  rig.move('in-1', 'press')
  t.true(await until(() => levels.get('fake-chip:1') === 0))
})

test('without a chip the addon says so by the name of the file', t => {
  t.throws(() => loadNative().chip('/nowhere/gpiochip0'), { message: /\/nowhere\/gpiochip0: No such file/ })
  t.throws(() => loadNative().chip('/dev/null'), { message: /Inappropriate ioctl/ })
})

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

async function until(condition: () => boolean): Promise<boolean> {
  for (const deadline = systemClock.since() + 5000; systemClock.since() < deadline; ) {
    if (condition()) return true
    await pause(5)
  }
  return false
}

function readIfThere(file: string): string | undefined {
  return existsSync(file) ? readFileSync(file, 'utf8') : undefined
}
