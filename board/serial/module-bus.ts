// A serial bus with reporting modules: each is asked in turn, its registers are the board's terminals, and silence is told.
//
// INVARIANTS
// - One request at a time is on the line; an answer counts only for the request that is open.
// - A module that does not answer three times running is silent, which is a fault of its inputs and never a press.
// - Silent modules are asked one at a time and seldom: however many they are, the living ones are asked as often as ever.
import { SerialPort } from 'serialport'
import { type BoardObserver, moduleTerminal } from '../board.ts'
import type { BoardClock } from '../clock.ts'
import type { Bus } from '../profile.ts'
import { MOST_REGISTERS, readAnswer, readRequest } from './modbus.ts'

/** A module answers within this time or not at all; milliseconds. */
const PATIENCE = 100
const MISSES_UNTIL_SILENT = 3
/** One of the silent modules is asked so often, in turn; milliseconds. */
const SILENT_EVERY = 500
const REOPEN_AFTER = 1000

export interface ModuleBusOptions {
  readonly bus: Bus
  readonly modules: readonly { readonly address: number; readonly register: number }[]
  readonly clock: BoardClock
}

export interface ModuleBus {
  /** Never rejects: a port that cannot be opened is a problem, its modules are silent, and it is tried again. */
  start(observer: BoardObserver): void
  close(): void
}

/** All registers of one module that are wired, as one request. */
interface Station {
  readonly address: number
  readonly first: number
  readonly count: number
  readonly registers: readonly number[]
  misses: number
  /** When it was asked last, monotonic milliseconds. */
  askedAt: number
}

export function openModuleBus(o: ModuleBusOptions): ModuleBus {
  const { bus, clock } = o
  const stations = stationsOf(o.modules)
  const problem = `board.bus:${bus.id}`
  const told = new Map<string, number | 'silent'>()
  /** Between two frames the line is quiet for 3.5 characters, and never less than 2 ms. */
  const quiet = Math.max(2, (3.5 * 11 * 1000) / bus.baudRate)
  let observer: BoardObserver | undefined
  let port: SerialPort | undefined
  let closed = false
  let open: { station: Station; received: Buffer; answered: () => void } | undefined
  let forget = () => {}

  const tell = (station: Station, register: number, value: number | 'silent') => {
    const terminal = moduleTerminal({ bus: bus.id, address: station.address, register })
    if (told.get(terminal) === value) return
    told.set(terminal, value)
    observer?.reading(terminal, value, clock.since())
  }
  const miss = (station: Station) => {
    station.misses += 1
    if (station.misses < MISSES_UNTIL_SILENT) return
    for (const register of station.registers) tell(station, register, 'silent')
  }
  const receive = (bytes: Buffer) => {
    if (open === undefined) return
    open.received = Buffer.concat([open.received, bytes])
    const { station, received, answered } = open
    const answer = readAnswer(received, station)
    if (answer.kind === 'unfinished') return
    open = undefined
    if (answer.kind === 'inputs') {
      station.misses = 0
      for (const register of station.registers)
        tell(station, register, answer.values[register - station.first] === true ? 1 : 0)
    } else {
      miss(station)
    }
    answered()
  }
  /** Those to be asked in a round: the living, and one of the silent when its time has come. */
  const roundOf = (): readonly Station[] => {
    const silent = stations.filter(isSilent)
    const [first] = [...silent].sort((a, b) => a.askedAt - b.askedAt)
    const due = first !== undefined && clock.since() - Math.max(...silent.map(s => s.askedAt)) >= SILENT_EVERY
    const living = stations.filter(station => !isSilent(station))
    return due ? [...living, first] : living
  }
  const ask = (round: readonly Station[]) => {
    if (closed || port === undefined) return
    const [station, ...rest] = round
    const next = () => {
      forget()
      const over = rest.length === 0
      forget = clock.after(over ? bus.pollMilliseconds : quiet, () => ask(over ? roundOf() : rest))
    }
    if (station === undefined) return next()
    station.askedAt = clock.since()
    open = { station, received: Buffer.alloc(0), answered: next }
    port.write(readRequest(station))
    forget()
    forget = clock.after(PATIENCE, () => {
      open = undefined
      miss(station)
      next()
    })
  }
  const lost = (mine: SerialPort, why: string) => {
    if (port !== mine) return
    port = undefined
    open = undefined
    forget()
    for (const station of stations) for (const register of station.registers) tell(station, register, 'silent')
    if (closed) return
    observer?.problem(problem, `The serial port ${bus.path} of the bus ${bus.id} cannot be used: ${why}`, 'raised')
    forget = clock.after(REOPEN_AFTER, reopen)
  }
  const reopen = () => {
    const mine = new SerialPort({ path: bus.path, baudRate: bus.baudRate, parity: bus.parity, autoOpen: false })
    port = mine
    mine.on('data', receive)
    mine.on('error', error => lost(mine, error.message))
    mine.on('close', () => lost(mine, 'it was closed'))
    mine.open(error => {
      if (error !== null) return lost(mine, error.message)
      observer?.problem(problem, '', 'solved')
      ask(roundOf())
    })
  }

  return {
    start(to) {
      observer = to
      if (stations.length > 0) reopen()
    },
    close() {
      closed = true
      forget()
      const mine = port
      port = undefined
      if (mine?.isOpen === true) mine.close()
    },
  }
}

const isSilent = (station: Station) => station.misses >= MISSES_UNTIL_SILENT

function stationsOf(modules: ModuleBusOptions['modules']): readonly Station[] {
  const addresses = [...new Set(modules.map(m => m.address))]
  return addresses.flatMap(address => {
    const registers = modules.filter(m => m.address === address).map(m => m.register)
    const first = Math.min(...registers)
    const count = Math.max(...registers) - first + 1
    if (count <= MOST_REGISTERS) return [{ address, first, count, registers, misses: 0, askedAt: 0 }]
    return registers.map(register => ({
      address,
      first: register,
      count: 1,
      registers: [register],
      misses: 0,
      askedAt: 0,
    }))
  })
}
