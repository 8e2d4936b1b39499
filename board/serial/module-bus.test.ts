// Reporting modules over a pair of pseudo-terminals, with a slave that answers as the specification says.
import { type ChildProcess, spawn } from 'node:child_process'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { SerialPort } from 'serialport'
import type { BoardObserver, Driver, Operation, Reading } from '../board.ts'
import { systemClock } from '../clock.ts'
import { boardContract } from '../contract.ts'
import type { BoardProfile } from '../protocol.ts'
import { crc16, readAnswer, readRequest, sealed } from './modbus.ts'
import { type ModuleBus, openModuleBus } from './module-bus.ts'

const BUS = { id: 'bus-1', baudRate: 115_200, parity: 'none', pollMilliseconds: 10 } as const
const PROFILE: BoardProfile = {
  box: 'box-1',
  driver: 'gpio',
  inputs: [3, 5].map(register => ({
    id: `in-${register}`,
    label: `Input ${register}`,
    wiring: { kind: 'module' as const, bus: 'bus-1', address: 7, register },
    debounceMilliseconds: 0,
  })),
  outputs: [],
  amplifiers: [],
}

/** A module with 16 discrete inputs at address 7. */
interface Slave {
  readonly inputs: boolean[]
  /** What it does with a request. */
  mood: 'answers' | 'silent' | 'garbles' | 'refuses'
  /** How often it was asked. */
  asked: number
}

/** The bus with the module, and with others that never answer. */
async function pair(
  dead: readonly { address: number; register: number }[] = [],
): Promise<{ bus: ModuleBus; slave: Slave; close(): Promise<void> }> {
  const directory = mkdtempSync(join(tmpdir(), 'bus-'))
  const [master, far] = [join(directory, 'master'), join(directory, 'slave')]
  const socat = spawn('socat', [`pty,rawer,link=${master}`, `pty,rawer,link=${far}`], { stdio: 'ignore' })
  for (let i = 0; i < 500 && !(existsSync(master) && existsSync(far)); i += 1) await pause(10)
  const port = new SerialPort({ path: far, baudRate: BUS.baudRate })
  const slave: Slave = { inputs: new Array<boolean>(16).fill(false), mood: 'answers', asked: 0 }
  let received = Buffer.alloc(0)
  port.on('data', (bytes: Buffer) => {
    received = Buffer.concat([received, bytes])
    for (; received.length >= 8; received = received.subarray(8)) answer(port, slave, received.subarray(0, 8))
  })
  const modules = PROFILE.inputs
    .flatMap(i => (i.wiring.kind === 'module' ? [i.wiring] : []))
    .concat(dead.map(one => ({ kind: 'module', bus: 'bus-1', ...one })))
  const bus = openModuleBus({ bus: { ...BUS, path: master }, modules, clock: systemClock })
  return {
    bus,
    slave,
    async close() {
      bus.close()
      await new Promise<void>(resolve => port.close(() => resolve()))
      await ended(socat)
      rmSync(directory, { recursive: true })
    },
  }
}

function answer(port: SerialPort, slave: Slave, request: Buffer) {
  if (slave.mood === 'silent' || request[0] !== 7 || crc16(request.subarray(0, 6)) !== request.readUInt16LE(6)) return
  slave.asked += 1
  if (slave.mood === 'refuses') return void port.write(sealed([7, 0x82, 2]))
  const [first, count] = [request.readUInt16BE(2), request.readUInt16BE(4)]
  const bytes = new Array<number>(Math.ceil(count / 8)).fill(0)
  for (let i = 0; i < count; i += 1)
    if (slave.inputs[first + i] === true) bytes[i >> 3] = (bytes[i >> 3] ?? 0) | (1 << (i & 7))
  const frame = sealed([7, 2, bytes.length, ...bytes])
  if (slave.mood === 'garbles') frame.writeUInt8((frame[3] ?? 0) ^ 0xff, 3)
  // In two pieces, as serial lines deliver.
  port.write(frame.subarray(0, 2))
  port.write(frame.subarray(2))
}

boardContract(test, {
  name: 'modules on a serial bus',
  keepsEdges: false,
  outputs: false,
  async open() {
    const { bus, slave, close } = await pair()
    const driver: Driver = {
      debounces: false,
      start(observer) {
        bus.start(observer)
        return Promise.resolve()
      },
      set: () => undefined,
      audio: () => ({ write() {}, close() {} }),
      close: () => bus.close(),
    }
    const move = (input: string, how: Operation) => {
      slave.inputs[Number(input.slice(3))] = how === 'press'
    }
    return { profile: PROFILE, driver, move, close }
  },
})

for (const mood of ['silent', 'garbles', 'refuses'] as const) {
  test(`a module that ${mood === 'silent' ? 'is silent' : mood} is told as silent, and as itself when it is back`, async t => {
    const { bus, slave, close } = await pair()
    const values = new Map<string, Reading>()
    bus.start(into(values))
    t.true(await until(() => values.get('bus-1.7.3') === 0))
    slave.mood = mood
    t.true(await until(() => values.get('bus-1.7.3') === 'silent' && values.get('bus-1.7.5') === 'silent'))
    slave.mood = 'answers'
    slave.inputs[5] = true
    t.true(await until(() => values.get('bus-1.7.3') === 0 && values.get('bus-1.7.5') === 1))
    await close()
  })
}

test('modules that are silent hold up the living ones by one question in half a second', async t => {
  const dead = Array.from({ length: 6 }, (_, n) => ({ address: 20 + n, register: 0 }))
  const { bus, slave, close } = await pair(dead)
  const values = new Map<string, Reading>()
  bus.start(into(values))
  t.true(await until(() => dead.every(({ address }) => values.get(`bus-1.${address}.0`) === 'silent')))
  const from = { asked: slave.asked, at: systemClock.since() }
  t.true(await until(() => slave.asked >= from.asked + 40))
  // Six modules that each cost a tenth of a second would make these forty rounds last for half a minute.
  t.true(systemClock.since() - from.at < 5000)
  await close()
})

test('a port that is not there is a problem and its modules are silent', async t => {
  const values = new Map<string, Reading>()
  const problems: string[] = []
  const bus = openModuleBus({
    bus: { ...BUS, path: '/nowhere' },
    modules: [{ address: 1, register: 0 }],
    clock: systemClock,
  })
  bus.start({ ...into(values), problem: code => void problems.push(code) })
  t.true(await until(() => values.get('bus-1.1.0') === 'silent'))
  t.deepEqual(problems, ['board.bus:bus-1'])
  bus.close()
})

test('the checksum is that of the specification', t => {
  t.is(readRequest({ address: 0x11, first: 0xc4, count: 0x16 }).toString('hex'), '110200c40016baa9')
})

test('the example answer of the specification is read', t => {
  const answered = readAnswer(sealed([0x11, 2, 3, 0xac, 0xdb, 0x35]), { address: 0x11, count: 22 })
  const bits = answered.kind === 'inputs' ? answered.values.map(v => (v ? 1 : 0)).join('') : ''
  t.is(bits, '0011010111011011101011')
})

function into(values: Map<string, Reading>): BoardObserver {
  return { reading: (terminal, value) => void values.set(terminal, value), problem() {} }
}

const pause = (milliseconds: number) => new Promise(resolve => setTimeout(resolve, milliseconds))

async function until(condition: () => boolean): Promise<boolean> {
  for (const deadline = systemClock.since() + 5000; systemClock.since() < deadline; ) {
    if (condition()) return true
    await pause(5)
  }
  return false
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise(resolve => {
    child.once('exit', () => resolve())
    child.kill()
  })
}
