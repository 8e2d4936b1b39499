// ADC channels by the kernel's industrial I/O: buttons with resistors, read several times a second.
//
// A channel's name in the profile is `<device name>:<channel>`, e.g. `ads1015:0`.
import { readdirSync, readFileSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { BoardObserver, Reading } from '../board.ts'
import type { BoardClock } from '../clock.ts'
import { placeOf } from './line-bank.ts'

const EVERY = 25
/** Changes below this are noise; millivolts. */
const NOISE = 10

export interface VoltagesOptions {
  readonly channels: readonly string[]
  readonly clock: BoardClock
  /** `/sys/bus/iio/devices` unless told otherwise. */
  readonly directory?: string
}

export interface Voltages {
  start(observer: BoardObserver): void
  close(): void
}

export function createVoltages(o: VoltagesOptions): Voltages {
  const directory = o.directory ?? '/sys/bus/iio/devices'
  const last = new Map<string, Reading>()
  let closed = false
  let forget = () => {}

  const tell = (observer: BoardObserver, channel: string, value: Reading) => {
    const before = last.get(channel)
    if (before === value) return
    if (typeof before === 'number' && typeof value === 'number' && Math.abs(before - value) < NOISE) return
    last.set(channel, value)
    observer.reading(channel, value, o.clock.since())
  }
  const readAll = async (observer: BoardObserver) => {
    // One after the other: an ADC that hangs holds one thread, not all of them.
    try {
      for (const channel of o.channels) tell(observer, channel, await millivoltsOf(channel, directory))
    } finally {
      if (!closed) forget = o.clock.after(EVERY, () => void readAll(observer))
    }
  }
  return {
    start(observer) {
      if (o.channels.length > 0) void readAll(observer)
    },
    close() {
      closed = true
      forget()
    },
  }
}

async function millivoltsOf(channel: string, directory: string): Promise<Reading> {
  try {
    const { label, offset } = placeOf(channel)
    const device = deviceOf(label, directory)
    const raw = Number(await readFile(join(device, `in_voltage${offset}_raw`), 'utf8'))
    const millivolts = Math.round(raw * scaleOf(device, offset))
    return Number.isFinite(millivolts) ? millivolts : 'silent'
  } catch {
    // No such device or channel, or it does not answer: that is what `silent` tells, as a fault of the input.
    return 'silent'
  }
}

function deviceOf(name: string, directory: string): string {
  const found = readdirSync(directory).find(d => readFileSync(join(directory, d, 'name'), 'utf8').trim() === name)
  if (found === undefined) throw new Error(`there is no ADC ${name}`)
  return join(directory, found)
}

/** Some chips have a scale for each channel, some one for all. */
function scaleOf(device: string, channel: number): number {
  try {
    return Number(readFileSync(join(device, `in_voltage${channel}_scale`), 'utf8'))
  } catch {
    return Number(readFileSync(join(device, 'in_voltage_scale'), 'utf8'))
  }
}
