// One ring of tests: an ava run, read as TAP line by line; what fails is told with everything that explains it.
import { spawn, spawnSync } from 'node:child_process'
import { freemem, loadavg } from 'node:os'
import { createInterface } from 'node:readline'
import { BLACK_BOX_VARIABLE, readBlackBoxes } from './lab/black-box.ts'

export interface Ring {
  readonly name: string
  readonly globs: readonly string[]
  /** Test files side by side. */
  readonly concurrency: number
  /** Its files take fixed ports and groups: each has a network of its own; where that cannot be had, they run one by one. */
  readonly apart?: true
  /** Few failures are asked again, as `second-asking.ts` has it. */
  readonly asksAgain?: true
}

export interface RingOptions {
  /** Each line for the person who waits. */
  readonly say: (line: string) => void
  /** Where boxes of tests leave what they print. */
  readonly blackBoxes: string
}

export interface RingResult {
  readonly passed: number
  readonly skipped: readonly string[]
  /** Each with its details, the last words of its boxes and what the machine was busy with. */
  readonly failures: readonly Failure[]
  /** Every test with the time since the one before it in its file. */
  readonly durations: readonly Duration[]
}
export interface Failure {
  readonly title: string
  readonly details: readonly string[]
}
export interface Duration {
  readonly title: string
  readonly milliseconds: number
}

/** Runs a ring to its end. A runner that ends badly without naming a test is a failure too. */
export function runRing(ring: Ring, { say, blackBoxes }: RingOptions): Promise<RingResult> {
  const reading = new RingReading({ say, blackBoxes })
  const apart = ring.apart === true && networksCanBeMade()
  const concurrency = ring.apart === true && !apart ? 1 : ring.concurrency
  const env = { ...process.env, [BLACK_BOX_VARIABLE]: blackBoxes, ...(apart ? { PLANT_TESTS_APART: '1' } : {}) }
  return new Promise(resolve => {
    const child = spawn(
      process.execPath,
      ['node_modules/.bin/ava', '--tap', '--concurrency', String(concurrency), ...ring.globs],
      { stdio: ['ignore', 'pipe', 'pipe'], env },
    )
    let spoken = ''
    child.stderr.on('data', (chunk: Buffer) => (spoken = (spoken + chunk.toString()).slice(-20_000)))
    createInterface({ input: child.stdout }).on('line', line => reading.take(line))
    child.on('close', (code, signal) => {
      const how = signal ?? `${code}`
      if (code !== 0) reading.ended(`${ring.name}: the runner ended with ${how}`, spoken)
      say(`${reading.tests} tests`)
      resolve(reading.result())
    })
  })
}

/** Whether a process may have a network of its own, as `hw-tests/lab/own-network.sh` makes it: root may, in most containers too. */
function networksCanBeMade(): boolean {
  return spawnSync('unshare', ['--net', 'ip', 'link', 'add', 'eth0', 'type', 'veth']).status === 0
}

/** Reads TAP; a failed test's details are the lines up to the next result. */
export class RingReading {
  tests = 0
  readonly #o: RingOptions
  readonly #skipped: string[] = []
  readonly #failures: { title: string; details: string[] }[] = []
  readonly #durations: Duration[] = []
  /** When each file's last result came; the empty name stands for the ring. */
  readonly #lastResult = new Map<string, number>([['', performance.now()]])
  #passed = 0
  #failing: { title: string; details: string[] } | undefined
  #lastResultAt = Date.now()

  constructor(o: RingOptions) {
    this.#o = o
  }

  take(line: string): void {
    const found = /^(not )?ok \S+ - (.*?)(?: # (SKIP|TODO).*)?$/.exec(line)
    if (found === null) {
      if (this.#failing !== undefined && !/^\s*$/.test(line)) this.#detail(line)
      return
    }
    const [, bad, title = '', directive] = found
    this.#failing = undefined
    this.tests++
    if (directive !== undefined) this.#skipped.push(title)
    else if (bad === undefined) this.#passed++
    else this.#fail(title)
    this.#time(title)
    if (this.tests % 50 === 0) this.#o.say(`… ${this.tests} tests`)
  }

  /** The runner itself ended badly: its own words are the details, of a failure of its own if no test failed. */
  ended(title: string, spoken: string): void {
    if (this.#failures.length === 0) this.#fail(title)
    else this.#failing = this.#failures.at(-1)
    for (const line of spoken.trimEnd().split('\n').slice(-60)) this.#detail(line)
  }

  result(): RingResult {
    return {
      passed: this.#passed,
      skipped: this.#skipped,
      failures: this.#failures,
      durations: this.#durations,
    }
  }

  #fail(title: string): void {
    this.#failing = { title, details: [] }
    this.#failures.push(this.#failing)
    this.#o.say(`NOT OK ${title}`)
    const free = Math.round(freemem() / 2 ** 20)
    this.#detail(`machine: load ${loadavg().map(load => load.toFixed(1))}, ${free} MB of memory free`)
    // Clocks of files are coarser than ours.
    for (const line of readBlackBoxes(this.#o.blackBoxes, this.#lastResultAt - 50)) this.#detail(line)
  }

  #detail(line: string): void {
    this.#failing?.details.push(line)
    this.#o.say(`    ${line}`)
  }

  #time(title: string): void {
    const now = performance.now()
    const file = title.split(' › ').slice(0, -1).join(' › ')
    const before = this.#lastResult.get(file) ?? this.#lastResult.get('') ?? now
    this.#durations.push({ title, milliseconds: now - before })
    this.#lastResult.set(file, now).set('', now)
    this.#lastResultAt = Date.now()
  }
}
