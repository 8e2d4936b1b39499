// What the box costs the machine while something is measured: processor time and memory of its processes, and how busy
// the machine was beside it.
import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { loadavg } from 'node:os'

/** Ticks of the kernel's accounting per second. */
const ticks = (): number => Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

/** Processor time that processes used since the meter was made, all threads, user and system. */
export class CostMeter {
  readonly #pids: readonly number[]
  readonly #perSecond = ticks()
  #before: number

  constructor(pids: readonly number[]) {
    this.#pids = pids
    this.#before = this.#used()
  }

  restart(): void {
    this.#before = this.#used()
  }

  /** Seconds of one core. */
  get seconds(): number {
    return (this.#used() - this.#before) / this.#perSecond
  }

  #used(): number {
    return this.#pids.reduce((sum, pid) => sum + ticksOf(pid), 0)
  }
}

/** The command's name may hold blanks and brackets: fields are counted from the last bracket (proc(5)). */
function ticksOf(pid: number): number {
  const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
    .replace(/^.*\) /s, '')
    .split(' ')
  return Number(fields[11]) + Number(fields[12])
}

/** Resident memory in kB. */
export function residentKilobytes(pid: number): number {
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? Number.NaN)
}

/** Load average of the last minute: above the number of cores, figures are those of a crowded machine. */
export const machineLoad = (): number => Number((loadavg()[0] ?? 0).toFixed(1))
