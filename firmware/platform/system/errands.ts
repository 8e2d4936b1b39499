// Errands: what needs other programs is done by one small process of its own. To fork the supervisor, with its hundreds of
// megabytes, stops every call of the box for a third of a second; this one is forked once, and forks for it.
import { type ChildProcess, spawn } from 'node:child_process'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import type { Clock } from '../../kernel/clock.ts'
import { PbxError } from '../../kernel/errors.ts'
import type { Log, Problem } from '../../kernel/feature.ts'
import type { ErrandName } from './errands-child.ts'

/** It holds one sound at most: a small heap keeps it from growing beside the calls. */
const SMALL = ['--max-old-space-size=24', '--max-semi-space-size=1', '--disable-warning=ExperimentalWarning']
/** What this process was started with to read its modules by, it is too. */
function preloaded(): readonly string[] {
  const at = process.execArgv.indexOf('--import')
  return at < 0 ? [] : process.execArgv.slice(at, at + 2)
}
/** Each start forks the supervisor: soon the first time, and not often when that does not help. Milliseconds. */
const START_AGAIN = 1000
const START_AGAIN_AT_MOST = 60_000
/** A process that cannot be started so often in a row is not waited for. */
const GIVEN_UP = 3
/** How long one errand may take; what the child starts is given less, so that it can say what hung. */
const PATIENCE = 30_000
/** Errands of one name under way at a time, and how many may wait. */
const AT_ONCE = 2
const MOST_WAITING = 1000
/** An errand during which the process died is tried so often: it may be what killed it. */
const TRIES = 2

export interface ErrandsOptions {
  readonly clock: Clock
  readonly log: Log
  readonly environment?: Readonly<Record<string, string | undefined>>
  readonly patienceMilliseconds?: number
  /** What it is called in problems and figures, and what is missing while it does not run. */
  readonly told?: { readonly name: string; readonly text: string; readonly remedy: string }
}

const TOLD = {
  name: 'errands',
  text: 'The process that speaks texts and looks at the machine does not run: {why}.',
  remedy:
    'It is started again by itself. If this stays, look at the log and at the free memory of the machine. Messages that are ready go on being heard; new texts are not.',
}

interface Errand {
  readonly id: number
  readonly name: ErrandName
  readonly input: object
  tries: number
  /** Undefined while it waits. */
  forget: (() => void) | undefined
  settle(answer: { readonly ok: unknown } | { readonly error: unknown }): void
}

interface Answer {
  readonly id: number
  readonly ok?: unknown
  readonly error?: { code: string; message: string; status: number; fields: Record<string, string> }
}

/** The answer in a line of the child; undefined: it is none. */
export function answerIn(line: string): Answer | undefined {
  try {
    const said: unknown = JSON.parse(line)
    return typeof said === 'object' && said !== null && 'id' in said ? (said as Answer) : undefined
  } catch {
    return undefined
  }
}

export class Errands {
  readonly #o: ErrandsOptions
  readonly #errands = new Map<number, Errand>()
  #child: ChildProcess | undefined
  #last = 0
  #failures = 0
  #starts = 0
  #why = ''
  #since = 0
  #forget = () => {}
  #closed = false

  constructor(o: ErrandsOptions) {
    this.#o = o
    this.#start()
  }

  /**
   * Has one errand done. Rejects with the child's own PbxError, or with `errands.overloaded`, `errands.too-slow`,
   * `errands.not-running`.
   */
  run(name: ErrandName, input: object = {}): Promise<unknown> {
    if (this.#closed || this.#failures >= GIVEN_UP) return Promise.reject(this.#notRunning())
    if (this.#errands.size >= MOST_WAITING)
      return Promise.reject(new PbxError('errands.overloaded', 'too much is waiting to be done', { status: 503 }))
    return new Promise((resolve, reject) => {
      this.#last += 1
      const settle: Errand['settle'] = answer => ('ok' in answer ? resolve(answer.ok) : reject(answer.error))
      this.#errands.set(this.#last, { id: this.#last, name, input, tries: 0, forget: undefined, settle })
      this.#pump()
    })
  }

  problem(): Problem | undefined {
    if (this.#failures === 0) return undefined
    const { name, text, remedy } = this.#o.told ?? TOLD
    return {
      code: `${name}.not-running`,
      severity: 'serious',
      text: text.replace('{why}', this.#why),
      remedy,
      since: this.#since,
    }
  }

  metrics(): Readonly<Record<string, number>> {
    const { name } = this.#o.told ?? TOLD
    return { [`${name}_waiting`]: this.#errands.size, [`${name}_process_starts`]: this.#starts }
  }

  close(): void {
    this.#closed = true
    this.#forget()
    this.#child?.kill('SIGKILL')
    for (const errand of [...this.#errands.values()]) this.#settle(errand, { error: this.#notRunning() })
  }

  #start(): void {
    this.#starts += 1
    const child = this.#spawned()
    if (child === undefined) return
    this.#child = child
    let ended = false
    const end = (why: string) => {
      if (ended) return
      ended = true
      this.#ended(why)
    }
    child.stdin?.on('error', error => this.#o.log.debug('the errands went away', { error: error.message }))
    createInterface({ input: child.stdout as Readable }).on('line', line => this.#heard(line))
    child.once('error', error => end(error.message))
    child.once('close', (code, signal) => end(`it ended with ${signal ?? code}`))
    // The supervisor's end does not wait for it; it ends by itself when its input does.
    child.unref()
    this.#pump()
  }

  #spawned(): ChildProcess | undefined {
    const program = new URL('./errands-child.ts', import.meta.url).pathname
    const { environment } = this.#o
    try {
      return spawn(process.execPath, [...preloaded(), ...SMALL, program], {
        stdio: ['pipe', 'pipe', 'inherit'],
        ...(environment && { env: environment }),
      })
    } catch (error) {
      // No memory for another process: most other reasons come as an event.
      this.#ended(error instanceof Error ? error.message : String(error))
      return undefined
    }
  }

  #ended(why: string): void {
    this.#child = undefined
    if (this.#closed) return
    if (this.#failures === 0) this.#since = this.#o.clock.now()
    this.#failures += 1
    this.#why = why
    this.#o.log.warn('the process of errands ended and is started again', { why, failures: this.#failures })
    for (const errand of [...this.#errands.values()]) {
      errand.forget?.()
      errand.forget = undefined
      if (errand.tries >= TRIES || this.#failures >= GIVEN_UP) this.#settle(errand, { error: this.#notRunning() })
    }
    const pause = Math.min(START_AGAIN_AT_MOST, START_AGAIN * 4 ** (this.#failures - 1))
    this.#forget = this.#o.clock.after(pause, () => this.#start())
  }

  #pump(): void {
    const child = this.#child
    if (child === undefined) return
    const underWay = new Map<ErrandName, number>()
    for (const { name, forget } of this.#errands.values()) if (forget) underWay.set(name, (underWay.get(name) ?? 0) + 1)
    for (const errand of this.#errands.values()) {
      const already = underWay.get(errand.name) ?? 0
      if (errand.forget !== undefined || already >= AT_ONCE) continue
      underWay.set(errand.name, already + 1)
      const { id, name, input } = errand
      errand.tries += 1
      errand.forget = this.#o.clock.after(this.#o.patienceMilliseconds ?? PATIENCE, () => this.#late(errand))
      child.stdin?.write(`${JSON.stringify({ id, name, input })}\n`)
    }
  }

  /** A child that does not even say what hung hangs itself. */
  #late(errand: Errand): void {
    this.#settle(errand, { error: new PbxError('errands.too-slow', 'it took too long', { status: 503 }) })
    this.#child?.kill('SIGKILL')
  }

  #heard(line: string): void {
    const answer = answerIn(line)
    // One that is ended while it answers leaves half a line behind.
    if (answer === undefined) {
      this.#o.log.warn('the process of errands said what is no answer', { said: line.slice(0, 200) })
      return
    }
    const errand = this.#errands.get(answer.id)
    this.#failures = 0
    if (errand === undefined) return
    const { error } = answer
    this.#settle(errand, error ? { error: new PbxError(error.code, error.message, error) } : { ok: answer.ok })
    this.#pump()
  }

  #settle(errand: Errand, answer: { readonly ok: unknown } | { readonly error: unknown }): void {
    errand.forget?.()
    this.#errands.delete(errand.id)
    errand.settle(answer)
  }

  #notRunning(): PbxError {
    return new PbxError('errands.not-running', `the process for this does not run: ${this.#why || 'it was ended'}`, {
      status: 503,
    })
  }
}
