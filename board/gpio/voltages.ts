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
/** A conversion takes an eighth of a second on the slowest chips; what takes longer than this hangs; milliseconds. */
const DEADLINE = 1000

export interface VoltagesOptions {
  readonly channels: readonly string[]
  readonly clock: BoardClock
  /** `/sys/bus/iio/devices` unless told otherwise. */
  readonly directory?: string
  /** How a file of a device is read; by the file system unless told otherwise. */
  readonly read?: (file: string) => Promise<string>
}

export interface Voltages {
  start(observer: BoardObserver): void
  close(): void
}

/** Where a channel is read and what a step of it is worth; looked up once, and again after a failure. */
interface Channel {
  readonly name: string
  source?: { readonly file: string; readonly millivoltsPerStep: number }
}

export function createVoltages(o: VoltagesOptions): Voltages {
  const directory = o.directory ?? '/sys/bus/iio/devices'
  const read = o.read ?? (file => readFile(file, 'utf8'))
  const last = new Map<string, Reading>()
  const forgets = new Set<() => void>()
  let closed = false

  const after = (milliseconds: number, work: () => void) => {
    const stop = o.clock.after(milliseconds, () => {
      forgets.delete(stop)
      work()
    })
    forgets.add(stop)
    return () => {
      forgets.delete(stop)
      stop()
    }
  }
  const tell = (observer: BoardObserver, channel: string, value: Reading) => {
    const before = last.get(channel)
    if (before === value) return
    if (typeof before === 'number' && typeof value === 'number' && Math.abs(before - value) < NOISE) return
    last.set(channel, value)
    observer.reading(channel, value, o.clock.since())
  }
  /** The channels of one ADC, one after the other: while one of them hangs nothing is known of any. */
  const readAll = async (observer: BoardObserver, channels: readonly Channel[]) => {
    try {
      for (const channel of channels) {
        const onTime = after(DEADLINE, () => {
          for (const { name } of channels) tell(observer, name, 'silent')
        })
        const value = await millivoltsOf(channel, { directory, read })
        onTime()
        if (closed) return
        tell(observer, channel.name, value)
      }
    } finally {
      if (!closed) after(EVERY, () => void readAll(observer, channels))
    }
  }
  return {
    start(observer) {
      for (const channels of byDevice(o.channels)) void readAll(observer, channels)
    },
    close() {
      closed = true
      for (const forget of forgets) forget()
      forgets.clear()
    },
  }
}

/** Each ADC has a loop of its own, so that one which hangs holds nobody else's buttons. */
function byDevice(names: readonly string[]): readonly (readonly Channel[])[] {
  const devices = new Map<string, Channel[]>()
  for (const name of names) {
    const label = name.slice(0, name.lastIndexOf(':'))
    devices.set(label, [...(devices.get(label) ?? []), { name }])
  }
  return [...devices.values()]
}

async function millivoltsOf(
  channel: Channel,
  o: { directory: string; read: (file: string) => Promise<string> },
): Promise<Reading> {
  try {
    channel.source ??= sourceOf(channel.name, o.directory)
    const { file, millivoltsPerStep } = channel.source
    const raw = await o.read(file)
    const millivolts = raw.trim() === '' ? Number.NaN : Math.round(Number(raw) * millivoltsPerStep)
    return Number.isFinite(millivolts) ? millivolts : 'silent'
  } catch {
    // No such device or channel, or it does not answer: that is what `silent` tells, as a fault of the input.
    delete channel.source
    return 'silent'
  }
}

function sourceOf(channel: string, directory: string): NonNullable<Channel['source']> {
  const { label, offset } = placeOf(channel)
  const device = deviceOf(label, directory)
  return { file: join(device, `in_voltage${offset}_raw`), millivoltsPerStep: scaleOf(device, offset) }
}

function deviceOf(name: string, directory: string): string {
  const found = readdirSync(directory).find(d => nameOf(join(directory, d)) === name)
  if (found === undefined) throw new Error(`there is no ADC ${name}`)
  return join(directory, found)
}

function nameOf(device: string): string | undefined {
  try {
    return readFileSync(join(device, 'name'), 'utf8').trim()
  } catch {
    // A device that is just going away, or a trigger without a name: it is not the one that is looked for.
    return undefined
  }
}

/** Some chips have a scale for each channel, some one for all. */
function scaleOf(device: string, channel: number): number {
  try {
    return Number(readFileSync(join(device, `in_voltage${channel}_scale`), 'utf8'))
  } catch {
    return Number(readFileSync(join(device, 'in_voltage_scale'), 'utf8'))
  }
}
