// Lines by sysfs (`onoff`), for kernels without the character device. The base of a chip's numbers is looked up by its
// label: it is 512 on one kernel and 1008 on the next.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Gpio } from 'onoff'
import type { BoardClock } from '../clock.ts'
import { type KeptLines, keepLines } from './kept-lines.ts'
import { type BankOptions, type LineBank, placeOf } from './line-bank.ts'

type Took = Pick<KeptLines, 'edge' | 'failed'>

export interface SysfsOptions {
  readonly clock: BoardClock
  /** `/sys/class/gpio` unless told otherwise; `onoff` itself knows only that one. */
  readonly directory?: string
}

export function createSysfs(o: SysfsOptions): LineBank {
  const lines = new Map<string, Gpio>()
  const parts: KeptLines[] = []
  const numberOf = (line: string) => {
    const bases = sysfsBases(o.directory ?? '/sys/class/gpio')
    const { label, offset } = placeOf(line)
    const base = bases.get(label)
    if (base === undefined)
      throw new Error(`there is no GPIO chip ${label}; there are: ${[...bases.keys()].join(', ') || 'none'}`)
    return base + offset
  }
  const giveBack = (line: string) => {
    // The lines stay exported, with their levels: outputs must not fall when the board is started anew.
    lines.get(line)?.unwatchAll()
    lines.delete(line)
  }
  /** Each line by itself: sysfs knows no requests of several. */
  const keep = (bank: BankOptions, line: string, part: { inputs: readonly string[]; take(kept: Took): Gpio }) =>
    keepLines({
      clock: o.clock,
      bank,
      code: `board.lines:${line}`,
      what: `the line ${line}`,
      inputs: part.inputs,
      watched: false,
      take: kept => void lines.set(line, part.take(kept)),
      give: () => giveBack(line),
    })
  const takeInput = (line: string, kept: Took) => {
    const gpio = new Gpio(numberOf(line), 'in', 'both', { activeLow: true })
    gpio.watch((error, value) => {
      if (error) kept.failed(error.message)
      else kept.edge(line, value === 1, o.clock.since())
    })
    kept.edge(line, gpio.readSync() === 1, o.clock.since())
    return gpio
  }
  return {
    debounces: false,
    open(bank) {
      this.close()
      for (const line of bank.outputs.keys()) {
        const take = () => new Gpio(numberOf(line), bank.outputs.get(line) === true ? 'high' : 'low')
        parts.push(keep(bank, line, { inputs: [], take }))
      }
      for (const line of bank.inputs.keys())
        parts.push(keep(bank, line, { inputs: [line], take: kept => takeInput(line, kept) }))
    },
    set(line, on) {
      const found = lines.get(line)
      if (found === undefined) return 'its chip is not there'
      try {
        found.writeSync(on ? 1 : 0)
        return undefined
      } catch (error) {
        return error instanceof Error ? error.message : String(error)
      }
    },
    close() {
      for (const part of parts.splice(0)) part.close()
    },
  }
}

/** Chip label → first number of its lines. */
export function sysfsBases(directory: string): ReadonlyMap<string, number> {
  const bases = new Map<string, number>()
  for (const name of readdirSync(directory).filter(n => /^gpiochip\d+$/.test(n))) {
    const read = (file: string) => readFileSync(join(directory, name, file), 'utf8').trim()
    bases.set(read('label'), Number(read('base')))
  }
  return bases
}
