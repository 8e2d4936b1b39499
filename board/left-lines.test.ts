// A whole board over a GPIO chip, killed and frozen while somebody presses: with an init that keeps its lines, as systemd does.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { systemClock } from './clock.ts'
import { loadNative } from './native.ts'
import type { FromBoard, PressReport } from './protocol.ts'
import { lineCutter } from './protocol-lines.ts'

const WATCHDOG_MILLISECONDS = 2000
const BUTTON = 1
const [CLOSED, OPEN] = [2, 3]
const STROBE = 9
const PROFILE = {
  box: 'box-1',
  driver: 'gpio',
  inputs: [
    { id: 'in-1', label: 'Press line', wiring: { kind: 'normally-closed', line: `fake-chip:${BUTTON}` } },
    {
      id: 'in-2',
      label: 'Paint',
      wiring: { kind: 'two-contacts', closed: `fake-chip:${CLOSED}`, open: `fake-chip:${OPEN}` },
    },
  ].map(input => ({ ...input, debounceMilliseconds: 5 })),
  outputs: [{ id: 'strobe-1', label: 'Strobe', use: 'strobe', line: `fake-chip:${STROBE}`, failSafe: 'off' }],
  amplifiers: [],
}

interface Rig {
  readonly directory: string
  readonly pids: readonly number[]
  /** Moves a contact; closed pulls its line to ground. */
  contact(offset: number, closed: boolean): void
  /** Presses that the board reports within so many milliseconds to a client that comes now, each once. */
  reported(milliseconds: number): Promise<readonly PressReport[]>
  running(count: number): Promise<boolean>
}

function made(out: string, source: string, ...more: readonly string[]): string {
  const { status, stderr } = spawnSync('cc', ['-O1', '-o', out, join(import.meta.dirname, 'testkit', source), ...more])
  if (status !== 0) throw new Error(stderr.toString())
  return out
}

async function rig(t: ExecutionContext): Promise<Rig> {
  const directory = mkdtempSync(join(tmpdir(), 'left-lines-'))
  const library = made(join(directory, 'fake-gpiochip.so'), 'fake-gpiochip.c', '-shared', '-fPIC', '-ldl', '-pthread')
  const init = made(join(directory, 'fake-init'), 'fake-init.c', '-pthread')
  for (const name of ['data', 'run']) mkdirSync(join(directory, name))
  writeFileSync(join(directory, 'gpiochip0'), '')
  writeFileSync(join(directory, 'profile.json'), JSON.stringify(PROFILE))
  const own = ['--data', join(directory, 'data'), '--run', join(directory, 'run'), '--devices', directory]
  const board = [join(import.meta.dirname, 'main.ts'), ...own, '--profile', join(directory, 'profile.json')]
  const child: ChildProcess = spawn(
    init,
    [String(WATCHDOG_MILLISECONDS), library, process.execPath, '--disable-warning=ExperimentalWarning', ...board],
    { stdio: ['ignore', 'pipe', 'inherit'], env: { ...process.env, FAKE_GPIO: directory } },
  )
  const pids: number[] = []
  const cut = lineCutter(line => void pids.push(Number(line.split(' ')[1])))
  child.stdout?.on('data', (bytes: Buffer) => void cut(bytes))
  t.teardown(async () => {
    const gone = new Promise(resolve => child.once('exit', resolve))
    child.kill('SIGKILL')
    await gone
    rmSync(directory, { recursive: true, force: true, maxRetries: 5 })
  })
  const { notify } = loadNative()
  const moved = (offset: number, closed: boolean) =>
    notify(join(directory, 'hands'), `level ${offset} ${closed ? 0 : 1}`)
  const running = (count: number) => until(async () => pids.length >= count && (await greeted(directory)))
  t.true(await running(1))
  for (const offset of [BUTTON, CLOSED]) moved(offset, true)
  await pause(100)
  // Contacts that nothing pulled down yet were open, and reported as pressed.
  const wiring = new Set((await reportedTo(directory, 100)).keys())
  return {
    directory,
    pids,
    contact: moved,
    running,
    async reported(milliseconds) {
      const all = await reportedTo(directory, milliseconds)
      return [...all].filter(([id]) => !wiring.has(id)).map(([, press]) => press)
    },
  }
}

async function reportedTo(directory: string, milliseconds: number): Promise<ReadonlyMap<string, PressReport>> {
  const found = new Map<string, PressReport>()
  const socket = connect(join(directory, 'run', 'board.sock'))
  const take = lineCutter(line => {
    const said = JSON.parse(line) as FromBoard
    if (said.say === 'pressed') found.set(`${said.press.epoch}/${said.press.sequence}`, said.press)
  })
  socket.on('data', (bytes: Buffer) => void take(bytes))
  await pause(milliseconds)
  socket.destroy()
  return found
}

/** A press of 100 ms of either button, by a hand that waits for nothing. */
async function pressAt(r: Rig, input: 'in-1' | 'in-2'): Promise<void> {
  if (input === 'in-1') {
    r.contact(BUTTON, false)
    await pause(100)
    return r.contact(BUTTON, true)
  }
  r.contact(CLOSED, false)
  r.contact(OPEN, true)
  await pause(100)
  r.contact(OPEN, false)
  r.contact(CLOSED, true)
}

const inputsOf = (presses: readonly PressReport[]) => presses.map(press => press.input).sort()

test('presses made while the board is dead are reported by the next one, each once', async t => {
  const r = await rig(t)
  process.kill(r.pids[0] ?? 0, 'SIGKILL')
  await Promise.all([pressAt(r, 'in-1'), pressAt(r, 'in-2')])
  await pressAt(r, 'in-1')
  t.true(await r.running(2))
  t.deepEqual(inputsOf(await r.reported(1500)), ['in-1', 'in-1', 'in-2'])
})

test('presses made while the board is frozen, until its watchdog ends it, are reported by the next one', async t => {
  const r = await rig(t)
  process.kill(r.pids[0] ?? 0, 'SIGSTOP')
  await pressAt(r, 'in-1')
  await pressAt(r, 'in-2')
  t.true(await r.running(2))
  t.deepEqual(inputsOf(await r.reported(1500)), ['in-1', 'in-2'])
})

test('what was pressed before the board died is not pressed again, and its strobe stays lit over the restart', async t => {
  const r = await rig(t)
  await pressAt(r, 'in-1')
  const before = await r.reported(500)
  t.is(before.length, 1)
  drive(r)
  t.true(await until(() => lit(r)))
  process.kill(r.pids[0] ?? 0, 'SIGKILL')
  t.true(lit(r))
  t.true(await r.running(2))
  const ids = (presses: readonly PressReport[]) => presses.map(({ epoch, sequence }) => `${epoch}/${sequence}`)
  t.deepEqual(ids(await r.reported(1500)), ids(before))
  t.true(lit(r))
})

const lit = ({ directory }: Rig): boolean => readFileSync(join(directory, `out-${STROBE}`), 'utf8') === '1'

function drive({ directory }: Rig): void {
  const socket = connect(join(directory, 'run', 'board.sock'))
  const command = { do: 'drive', output: 'strobe-1', owner: 'test', priority: 1, pattern: { kind: 'steady' } }
  socket.on('data', () => undefined).end(`${JSON.stringify(command)}\n`)
}

/** Whether a board answers at its socket. */
function greeted(directory: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(join(directory, 'run', 'board.sock'))
    socket.once('error', () => resolve(false))
    socket.once('data', () => {
      socket.destroy()
      resolve(true)
    })
  })
}

const pause = (milliseconds: number) => new Promise<void>(resolve => setTimeout(resolve, milliseconds))

async function until(condition: () => boolean | Promise<boolean>): Promise<boolean> {
  for (const deadline = systemClock.since() + 20_000; systemClock.since() < deadline; ) {
    if (await condition()) return true
    await pause(20)
  }
  return false
}
