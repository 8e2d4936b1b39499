// Lines by sysfs (`onoff`), for kernels without the character device. The base of a chip's numbers is looked up by its
// label: it is 512 on one kernel and 1008 on the next.
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Gpio } from 'onoff'
import type { BoardClock } from '../clock.ts'
import { type BankOptions, type LineBank, placeOf } from './line-bank.ts'

export interface SysfsOptions {
  readonly clock: BoardClock
  /** `/sys/class/gpio` unless told otherwise; `onoff` itself knows only that one. */
  readonly directory?: string
}

export function createSysfs(o: SysfsOptions): LineBank {
  const lines = new Map<string, Gpio>()
  let problem: BankOptions['problem'] | undefined
  const failed = (line: string, error: unknown) =>
    problem?.(`board.line:${line}`, `The line ${line} cannot be used: ${String(error)}`, 'raised')

  const take = (bank: BankOptions) => {
    const bases = sysfsBases(o.directory ?? '/sys/class/gpio')
    const numberOf = (line: string) => {
      const { label, offset } = placeOf(line)
      const base = bases.get(label)
      if (base === undefined)
        throw new Error(`there is no GPIO chip ${label}; there are: ${[...bases.keys()].join(', ') || 'none'}`)
      return base + offset
    }
    for (const [line, on] of bank.outputs) lines.set(line, new Gpio(numberOf(line), on ? 'high' : 'low'))
    for (const line of bank.inputs.keys()) {
      const gpio = new Gpio(numberOf(line), 'in', 'both', { activeLow: true })
      lines.set(line, gpio)
      gpio.watch((error, value) => {
        if (error) failed(line, error)
        else bank.edge(line, value === 1, o.clock.since())
      })
      bank.edge(line, gpio.readSync() === 1, o.clock.since())
    }
  }
  return {
    debounces: false,
    open(bank) {
      problem = bank.problem
      this.close()
      take(bank)
    },
    set(line, on) {
      try {
        lines.get(line)?.writeSync(on ? 1 : 0)
      } catch (error) {
        failed(line, error)
      }
    },
    close() {
      // The lines stay exported, with their levels: outputs must not fall when the board is started anew.
      for (const gpio of lines.values()) gpio.unwatchAll()
      lines.clear()
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
