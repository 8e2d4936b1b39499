// The link over the real board process: its socket, its simulated terminals, its death.
import { type ChildProcess, spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import type { Operation } from '../../../board/board.ts'
import { systemClock as boardClock } from '../../../board/clock.ts'
import { readProfile } from '../../../board/profile.ts'
import { contactsAfter } from '../../../board/simulated/contacts.ts'
import { createPinReader, writePin } from '../../../board/simulated/pin-file.ts'
import type { BoardEvent, PressReport, ReflexTable } from '../../kernel/board-port.ts'
import type { Clock } from '../../kernel/clock.ts'
import { PbxError } from '../../kernel/errors.ts'
import { boardPortContract } from '../../testkit/board-contract.ts'
import { type BoardLink, openBoardLink } from './board-link.ts'
import { boardProblems } from './board-problems.ts'

const root = join(import.meta.dirname, '../../..')
const profile = readProfile(readFileSync(join(root, 'board/profiles/simulated.json'), 'utf8'))

const TABLE: ReflexTable = {
  hash: 'table-1',
  reflexes: [
    {
      input: 'in-1',
      plan: 'evacuation',
      priority: 90,
      outputs: [{ output: 'strobe-1', pattern: { kind: 'steady' } }],
      message: {
        sound: { file: 'none.wav', sha256: '0'.repeat(64) },
        amplifiers: ['amplifier-1'],
        repeats: 1,
        gapMilliseconds: 0,
      },
    },
  ],
}

const clock: Clock = {
  now: () => boardClock.now(),
  since: () => boardClock.since(),
  trusted: true,
  after: (milliseconds, work) => boardClock.after(milliseconds, work),
  every(milliseconds, work) {
    const timer = setInterval(work, milliseconds)
    return () => clearInterval(timer)
  },
  sleep: milliseconds =>
    new Promise(resolve => {
      setTimeout(resolve, milliseconds)
    }),
}

/** Polls, because other processes are involved; fails after ninety seconds. */
async function until(t: ExecutionContext, what: string, condition: () => boolean): Promise<void> {
  for (const deadline = clock.since() + 90_000; clock.since() < deadline; ) {
    if (condition()) return
    await clock.sleep(5)
  }
  t.fail(`not within ninety seconds: ${what}`)
  throw new Error(what)
}

interface Rig {
  readonly data: string
  readonly run: string
  readonly link: BoardLink
  readonly events: BoardEvent[]
  start(): void
  kill(): Promise<void>
  move(input: string, how: Operation): void
  isOn(output: string): boolean
  presses(): readonly PressReport[]
}

/** What a rig needs of its test. */
interface Host {
  teardown(end: () => Promise<void>): void
  log(...what: unknown[]): void
}

function rig(t: Host): Rig {
  const directory = mkdtempSync(join(tmpdir(), 'board-'))
  const run = join(directory, 'run')
  let child: ChildProcess | undefined
  const log = { debug() {}, info() {}, warn() {}, error: (text: string, fields?: object) => t.log(text, fields) }
  const link = openBoardLink({ path: join(run, 'board.sock'), clock, log })
  const events: BoardEvent[] = []
  link.on(event => events.push(event))
  const readers = new Map(profile.outputs.map(o => [o.id, createPinReader(join(run, 'pins', o.line))]))
  const levels = new Map<string, boolean>()
  const kill = () =>
    new Promise<void>(resolve => {
      if (child === undefined || child.exitCode !== null || child.signalCode !== null) return resolve()
      child.once('exit', () => resolve())
      child.kill('SIGKILL')
    })
  t.teardown(async () => {
    link.close()
    await kill()
    rmSync(directory, { recursive: true })
  })
  const data = join(directory, 'data')
  return {
    data,
    run,
    link,
    events,
    start() {
      const args = [join(root, 'board/main.ts'), '--data', data, '--run', run]
      child = spawn(process.execPath, args, { stdio: 'ignore' })
    },
    kill,
    move(id, how) {
      const input = profile.inputs.find(i => i.id === id)
      if (input === undefined) throw new Error(`no input ${id}`)
      for (const [terminal, value] of contactsAfter(input.wiring, how)) {
        writePin(join(run, 'pins', terminal), { value, at: clock.since() })
      }
    },
    isOn(output) {
      const last = readers.get(output)?.changes().at(-1)
      if (last !== undefined) levels.set(output, last.value === 1)
      return levels.get(output) === true
    },
    presses: () => events.flatMap(e => (e.type === 'pressed' ? [e.press] : [])),
  }
}

// A board at a time: a crowded machine starts sixteen at once in no bounded time.
boardPortContract(test.serial, {
  name: 'link to the real board',
  async open() {
    const ends: (() => Promise<void>)[] = []
    const r = rig({ teardown: end => void ends.push(end), log() {} })
    r.start()
    const wait = async (what: string, condition: () => boolean) => {
      for (const deadline = clock.since() + 90_000; !condition(); await clock.sleep(5)) {
        if (clock.since() > deadline) throw new Error(`not within ninety seconds: ${what}`)
      }
    }
    await wait('connected', () => r.link.connected)
    return {
      port: r.link,
      press: input => r.move(input, 'press'),
      cut: input => r.move(input, 'cut'),
      until: wait,
      async close() {
        for (const end of ends) await end()
      },
    }
  },
})

test.serial('the link waits for a board that is not there yet, and says when it is', async t => {
  const r = rig(t)
  await clock.sleep(50)
  t.false(r.link.connected)
  r.start()
  await until(t, 'connected', () => r.link.connected)
  t.is(r.link.profile?.box, 'box-1')
  t.is(r.link.inputs().length, 8)
  t.is(typeof r.link.amplifierAddress('amplifier-1')?.port, 'number')
  t.is(r.link.amplifierAddress('nowhere'), undefined)
})

test.serial('every wiring kind is pressed by its terminals and reported once acknowledged no more', async t => {
  const r = rig(t)
  r.start()
  await until(t, 'connected', () => r.link.connected)
  for (const { id } of profile.inputs) r.move(id, 'press')
  await until(t, 'eight presses', () => new Set(r.presses().map(p => p.input)).size === 8)
  for (const press of r.presses()) r.link.acknowledge(press, 'alm_1')
  for (const { id } of profile.inputs) r.move(id, 'release')
  await until(t, 'all at rest', () => r.link.inputs().every(i => i.state === 'rest'))
  t.deepEqual([...new Set(r.presses().map(p => p.sequence))].sort(), [1, 2, 3, 4, 5, 6, 7, 8])
})

test.serial('what a wiring kind can tell apart is told', async t => {
  const r = rig(t)
  r.start()
  await until(t, 'connected', () => r.link.connected)
  for (const input of ['in-6', 'in-7', 'in-8']) r.link.operate(input, 'cut')
  const fault = (input: string) => r.link.inputs().find(i => i.input === input)?.fault
  await until(
    t,
    'three faults',
    () => fault('in-6') !== undefined && fault('in-7') !== undefined && fault('in-8') !== undefined,
  )
  t.deepEqual([fault('in-6'), fault('in-7'), fault('in-8')], ['contacts disagree', 'cut', 'module silent'])
  t.is(r.presses().length, 0)
})

test.serial(
  'after the death of the board table, drives and releases are said again, and nothing is forgotten',
  async t => {
    const r = rig(t)
    r.start()
    await until(t, 'connected', () => r.link.connected)
    r.link.load(TABLE)
    r.link.drive({ output: 'lamp-1', pattern: { kind: 'steady' }, owner: 'alm_1', priority: 1 })
    r.move('in-1', 'press')
    await until(t, 'strobe', () => r.isOn('strobe-1'))
    await until(t, 'press', () => r.presses().length > 0)
    const [press] = r.presses()
    if (press === undefined) throw new Error('no press')
    r.move('in-1', 'release')
    await r.kill()
    await until(t, 'disconnected', () => !r.link.connected)
    // Said to nobody: the board must hear it when it is back.
    r.link.acknowledge(press, 'alm_1')
    r.link.drive({ output: 'lamp-2', pattern: { kind: 'steady' }, owner: 'alm_2', priority: 1 })
    r.start()
    await until(t, 'connected again', () => r.link.connected)
    await until(t, 'both lamps', () => r.isOn('lamp-1') && r.isOn('lamp-2'))
    t.true(r.isOn('strobe-1'))
    r.link.release('alm_1', [press])
    await until(t, 'all clear', () => !r.isOn('strobe-1') && !r.isOn('lamp-1'))
    t.true(r.isOn('lamp-2'))
    t.true(r.presses().every(p => p.sequence === 1 && p.epoch === press.epoch))
  },
)

test.serial('a button pressed while the board is dead and held until it is back is a press', async t => {
  const r = rig(t)
  r.start()
  await until(t, 'connected', () => r.link.connected)
  r.link.load(TABLE)
  await until(t, 'table confirmed', () => r.events.some(e => e.type === 'table-confirmed'))
  await r.kill()
  r.move('in-1', 'press')
  t.false(r.isOn('strobe-1'))
  r.start()
  await until(t, 'press', () => r.presses().length > 0)
  await until(t, 'strobe', () => r.isOn('strobe-1'))
  t.is(r.presses()[0]?.input, 'in-1')
})

test.serial(
  'with a supervisor that says nothing the loudspeaker speaks, and silence ends it no sooner than it should',
  async t => {
    const r = rig(t)
    r.start()
    await until(t, 'connected', () => r.link.connected)
    r.link.load(TABLE)
    r.move('in-1', 'press')
    await until(t, 'message played', () => r.events.some(e => e.type === 'message-played' && e.complete))
    const index = readFileSync(join(r.run, 'amplifiers/amplifier-1.index'), 'utf8')
    const pressedAt = createPinReader(join(r.run, 'pins/di-1')).changes().at(-1)?.at ?? 0
    const spokenAt = (JSON.parse(index.split('\n')[0] ?? '') as { at: number }).at
    t.true(spokenAt - pressedAt >= 250)
    // Four seconds of 8 kHz, 16 bit, and at most the tail of silence behind it.
    t.true(readFileSync(join(r.run, 'amplifiers/amplifier-1.pcm')).length >= 64_000)
  },
)

test.serial('a refused command is told as a problem, and a board that is real is not operated', async t => {
  const r = rig(t)
  t.throws(() => r.link.operate('in-1', 'press'), { instanceOf: PbxError, code: 'board.not-connected' })
  r.start()
  await until(t, 'connected', () => r.link.connected)
  r.link.drive({ output: 'no such output', pattern: { kind: 'steady' }, owner: 'x', priority: 1 })
  await until(t, 'refusal', () => r.events.some(e => e.type === 'problem' && e.code === 'board.refused:drive'))
  t.deepEqual(
    r.link.problems().map(one => one.code),
    ['board.refused:drive'],
  )
})

test.serial('what the board says is wrong with it is known to whoever asks later, and ends with its cause', async t => {
  const r = rig(t)
  const own = join(r.data, 'board/profile.json')
  mkdirSync(join(own, '..'), { recursive: true })
  writeFileSync(own, '{"box": "half a pro')
  r.start()
  await until(t, 'the problem', () => r.link.problems().some(one => one.code === 'board.profile'))
  const shown = boardProblems(r.link.problems()).find(one => one.code === 'board.profile')
  t.is(shown?.severity, 'danger')
  t.regex(shown?.text ?? '', /profile\.json cannot be used: the whole: is not JSON/)
  t.regex(shown?.remedy ?? '', /press every button as a test/)
  t.true(boardProblems([{ code: 'board.of-tomorrow', text: 'New.' }]).every(one => one.remedy !== ''))
  await r.kill()
  rmSync(own)
  r.start()
  await until(t, 'no problem', () => r.link.connected && r.link.problems().length === 0)
  t.is(r.link.profile?.driver, 'simulated')
})

test.serial(
  'a page by RTP is heard on the loudspeaker of its port, by the amplifier that its relay switched on',
  async t => {
    const r = rig(t)
    r.start()
    await until(t, 'connected', () => r.link.connected)
    const to = r.link.amplifierAddress('amplifier-2')
    if (to === undefined) throw new Error('no address')
    const socket = createSocket('udp4')
    r.link.speak('amplifier-2', { owner: 'page-1', priority: 50, ssrc: 99 })
    await until(t, 'relay', () => r.isOn('relay-4'))
    for (let i = 0; i < 40; i += 1) {
      socket.send(rtp(i, 99), to.port, to.host)
      await clock.sleep(20)
    }
    r.link.speak('amplifier-2', undefined, 'page-1')
    socket.close()
    const loud = () => {
      const bytes = readFileSync(join(r.run, 'amplifiers/amplifier-2.pcm'))
      return Array.from({ length: bytes.length >> 1 }, (_, i) => bytes.readInt16LE(2 * i)).filter(s => s !== 0).length
    }
    // Forty packets of 160 samples; a stalled machine may lose a few to the jitter buffer.
    await until(t, 'the page', () => loud() > 30 * 160)
    t.true(loud() <= 40 * 160)
  },
)

test.serial('killed at any moment around a press, the board reports it after all', async t => {
  const r = rig(t)
  r.start()
  await until(t, 'connected', () => r.link.connected)
  r.link.load(TABLE)
  await until(t, 'table confirmed', () => r.events.some(e => e.type === 'table-confirmed'))
  const known = new Set<string>()
  for (let round = 0; round < 10; round += 1) {
    const before = new Set(r.presses().map(p => `${p.epoch}/${p.sequence}`))
    r.move('in-1', 'press')
    await clock.sleep(round * 4)
    await r.kill()
    r.start()
    await until(t, `press ${round}`, () => r.presses().some(p => !before.has(`${p.epoch}/${p.sequence}`)))
    await until(t, 'strobe', () => r.isOn('strobe-1'))
    r.move('in-1', 'release')
    await until(t, 'rest', () => r.link.connected && r.link.inputs().every(i => i.state === 'rest'))
    for (const press of r.presses()) {
      known.add(`${press.epoch}/${press.sequence}`)
      r.link.acknowledge(press, 'alm_1')
    }
    r.link.release('alm_1', r.presses())
    await until(t, 'all clear', () => !r.isOn('strobe-1'))
  }
  t.true(known.size >= 10)
})

/** 20 ms of loud µ-law. */
function rtp(sequence: number, ssrc: number): Buffer {
  const bytes = Buffer.alloc(172, 0x10)
  bytes.writeUInt16BE(0x8000, 0)
  bytes.writeUInt16BE(sequence, 2)
  bytes.writeUInt32BE(sequence * 160, 4)
  bytes.writeUInt32BE(ssrc, 8)
  return bytes
}
