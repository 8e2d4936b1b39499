// A whole board in memory: real safety path, journal and reflexes over a driver whose terminals the test moves.
import type { AudioOutput, BoardObserver, Driver, Operation, Reading } from '../board.ts'
import { namesOf, readCommand } from '../commands.ts'
import { openJournal } from '../journal.ts'
import type { MemoryFile } from '../memory-file.ts'
import { createProblems } from '../problems.ts'
import type { BoardProfile, FromBoard, PressReport, Reflex, ToBoard } from '../protocol.ts'
import { openReflexes } from '../reflexes.ts'
import { createSafetyPath } from '../safety-path.ts'
import { contactsAfter } from '../simulated/contacts.ts'
import { createSounds } from '../sounds.ts'
import { createFakeClock, type FakeClock } from './fake-clock.ts'
import { createMemoryDisk, type MemoryDisk } from './memory-disk.ts'

export const TEST_PROFILE: BoardProfile = {
  box: 'box-1',
  driver: 'simulated',
  inputs: [
    { id: 'in-1', label: 'Press line', wiring: { kind: 'normally-closed', line: 'di-1' }, debounceMilliseconds: 15 },
    {
      id: 'in-2',
      label: 'Paint shop',
      wiring: { kind: 'two-contacts', closed: 'di-2', open: 'di-3' },
      debounceMilliseconds: 15,
    },
  ],
  outputs: [
    { id: 'strobe-1', label: 'Strobe 1', use: 'strobe', line: 'do-1', failSafe: 'off' },
    { id: 'strobe-2', label: 'Strobe 2', use: 'strobe', line: 'do-2', failSafe: 'off' },
    { id: 'relay-1', label: 'Amplifier power', use: 'relay', line: 'do-3', failSafe: 'off' },
  ],
  amplifiers: [{ id: 'hall', label: 'Hall', relay: 'relay-1', settleMilliseconds: 60, device: 'hall' }],
}

export const REFLEX: Reflex = {
  input: 'in-1',
  plan: 'evacuation',
  priority: 90,
  outputs: [{ output: 'strobe-1', pattern: { kind: 'steady' } }],
  message: {
    sound: { file: 'missing.wav', sha256: '0'.repeat(64) },
    amplifiers: ['hall'],
    repeats: 2,
    gapMilliseconds: 1000,
  },
}

export interface TestBoard {
  readonly said: FromBoard[]
  readonly clock: FakeClock
  readonly disk: MemoryDisk
  readonly memory: MemoryFile
  readonly looks: MemoryFile
  /** What left the board, in the order in which it left: line changes, messages, and sound by `frame`. */
  readonly order: string[]
  /** Line → closed. */
  readonly lines: Map<string, boolean>
  /** Lines that do not take what they are set to. */
  readonly jammed: Set<string>
  /** A terminal that is no button says something. */
  reading(terminal: string, value: Reading): void
  /** 20 ms frames that reached the loudspeaker; true where one was not silence. */
  readonly frames: boolean[]
  readonly epoch: string
  move(input: string, how: Operation): void
  tell(command: ToBoard): void
  datagram(bytes: Uint8Array): void
  /** Reports of presses, by `again`. */
  reports(o?: { again: boolean }): readonly PressReport[]
  greeting(): readonly FromBoard[]
  settled(): Promise<void>
  /** Dies without a word. */
  kill(): void
}

export interface TestBoardOptions {
  readonly disk?: MemoryDisk
  /** What a killed board leaves to the next one; lost with the power. */
  readonly memory?: MemoryFile
  /** Where a killed board noted that it was looking. */
  readonly looks?: MemoryFile
  /** Inputs with a hand on them at the start. */
  readonly held?: readonly string[]
  readonly clock?: FakeClock
  readonly boot?: string
  readonly profile?: BoardProfile
}

/** Resolves when the board has read its disk, unless that is frozen. */
export async function startTestBoard(o: TestBoardOptions = {}): Promise<TestBoard> {
  const profile = o.profile ?? TEST_PROFILE
  const clock = o.clock ?? createFakeClock()
  const disk = o.disk ?? createMemoryDisk()
  const memory = o.memory ?? createMemory()
  const looks = o.looks ?? createMemory()
  const said: FromBoard[] = []
  const order: string[] = []
  const lines = new Map<string, boolean>()
  const frames: boolean[] = []
  let observer: BoardObserver | undefined
  let alive = true
  const audio: AudioOutput = {
    write(frame) {
      if (alive) frames.push(frame.some(sample => sample !== 0))
    },
    close() {},
  }
  const levelOf = (input: string) => (o.held?.includes(input) === true ? 'press' : 'mend')
  const jammed = new Set<string>()
  const driver: Driver = {
    debounces: false,
    start(to) {
      observer = to
      for (const input of profile.inputs) {
        for (const [terminal, value] of contactsAfter(input.wiring, levelOf(input.id)))
          to.reading(terminal, value, clock.since())
      }
      return Promise.resolve()
    },
    set(line, on) {
      if (!alive) return undefined
      if (jammed.has(line)) return 'the test jammed it'
      lines.set(line, on)
      order.push(`${line} ${on ? 'on' : 'off'}`)
      return undefined
    },
    audio: () => audio,
    close() {},
  }
  const tellAll = (message: FromBoard) => {
    if (!alive) return
    said.push(message)
    order.push(message.say)
  }
  const problems = createProblems((p, state) => tellAll({ say: 'problem', ...p, solved: state === 'solved' }))
  const names = namesOf(profile)
  const journal = openJournal({ disk, memory, box: profile.box, clock, problems })
  const reflexes = openReflexes({ disk, names, clock, problems })
  const sounds = createSounds({ disk, shared: '/nowhere', clock, problems })
  const boot = o.boot ?? 'boot-1'
  const path = createSafetyPath({
    profile,
    driver,
    clock,
    boot,
    journal,
    looks,
    reflexes,
    sounds,
    problems,
    tell: tellAll,
  })
  // As many turns of the microtask queue as reading two files from memory takes, and then some.
  for (let i = 0; i < 50; i += 1) await Promise.resolve()
  await driver.start(path.observer)
  clock.advance(200)
  order.length = 0

  return {
    said,
    clock,
    disk,
    memory,
    looks,
    order,
    lines,
    jammed,
    reading: (terminal, value) => observer?.reading(terminal, value, clock.since()),
    frames,
    epoch: journal.epoch,
    move(id, how) {
      const input = profile.inputs.find(i => i.id === id)
      if (input === undefined) throw new Error(`no input ${id}`)
      for (const [terminal, value] of contactsAfter(input.wiring, how))
        observer?.reading(terminal, value, clock.since())
    },
    tell: command => path.obey(readCommand(JSON.parse(JSON.stringify(command)), names)),
    datagram: bytes => path.datagram('hall', bytes),
    reports: which =>
      said.flatMap(m =>
        m.say === 'pressed' && (which === undefined || m.press.again === which.again) ? [m.press] : [],
      ),
    greeting: () => path.greeting({ hall: 40_000 }),
    settled: () => journal.settled(),
    kill() {
      alive = false
      path.close()
      journal.close()
      reflexes.close()
      sounds.close()
    },
  }
}

function createMemory(): MemoryFile {
  let text = ''
  return {
    read: () => Buffer.from(text),
    append(more) {
      text += more
    },
    clear() {
      text = ''
    },
    close() {},
  }
}

/** A packet of 20 ms of loud µ-law. */
export function rtp(sequence: number, ssrc: number): Uint8Array {
  const bytes = Buffer.alloc(172, 0x10)
  bytes.writeUInt8(0x80, 0)
  bytes.writeUInt8(0, 1)
  bytes.writeUInt16BE(sequence & 0xffff, 2)
  bytes.writeUInt32BE(sequence * 160, 4)
  bytes.writeUInt32BE(ssrc, 8)
  return bytes
}
