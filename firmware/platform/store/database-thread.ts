// The main thread's end of a database thread: questions over, answers back, started again when it dies.
import { Worker } from 'node:worker_threads'
import type { Clock } from '../../kernel/clock.ts'
import type { DatabaseAnswer, DatabaseQuestion, DatabaseThreadOptions } from './records.types.ts'

interface Waiting {
  readonly resolve: (answer: DatabaseAnswer) => void
  readonly reject: (error: unknown) => void
}

interface Reply {
  readonly id: number
  readonly answer?: DatabaseAnswer
  readonly error?: { readonly code: string; readonly message: string }
}

/** A thread that is not always needed ends when it was not asked for so long: it holds 10 MB. The next question starts it again. */
export interface Rest {
  readonly clock: Pick<Clock, 'after'>
  readonly milliseconds: number
}

/** One connection. Questions are answered in order; those on their way when the thread dies are rejected. */
export class DatabaseThread {
  readonly #o: DatabaseThreadOptions
  readonly #rest: Rest | undefined
  #worker: Worker | undefined
  #next = 1
  readonly #waiting = new Map<number, Waiting>()
  /** Open ones live in the thread. */
  readonly #cursors = new Set<number>()
  #forgetRest = () => {}

  constructor(o: DatabaseThreadOptions, rest?: Rest) {
    this.#o = o
    this.#rest = rest
  }

  get running(): boolean {
    return this.#worker !== undefined
  }

  ask(question: DatabaseQuestion): Promise<DatabaseAnswer> {
    const id = this.#next++
    this.#forgetRest()
    if (question.do === 'cursor') this.#cursors.add(question.cursor)
    if (question.do === 'close') this.#cursors.delete(question.cursor)
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      const worker = this.#thread()
      worker.ref()
      try {
        worker.postMessage({ id, question })
      } catch (error) {
        // A parameter that cannot be sent: the asker's mistake, not the thread's.
        this.#waiting.delete(id)
        reject(error)
      }
    })
  }

  async close(): Promise<void> {
    if (this.#worker) await this.ask({ do: 'shut' })
    const worker = this.#worker
    this.#worker = undefined
    this.#forgetRest()
    await worker?.terminate()
    this.#rejectAll(new Error('the records database is closed'))
  }

  #thread(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL('./database-worker.ts', import.meta.url), {
      name: `records ${this.#o.role}`,
      workerData: this.#o,
    })
    worker.on('message', (reply: Reply) => this.#answered(reply))
    worker.on('error', error => this.#died(worker, error))
    worker.on('exit', () => this.#died(worker, new Error('the thread of the records database ended')))
    this.#worker = worker
    return worker
  }

  #answered({ id, answer, error }: Reply): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    if (this.#waiting.size === 0) this.#idle()
    if (error) waiting?.reject(Object.assign(new Error(error.message), { code: error.code }))
    else waiting?.resolve(answer ?? {})
  }

  #idle(): void {
    this.#worker?.unref()
    if (this.#cursors.size > 0) return
    this.#forgetRest = this.#rest?.clock.after(this.#rest.milliseconds, () => this.#retire()) ?? (() => {})
  }

  /** Whoever asks from now on gets a new thread; this one closes its connection first. */
  #retire(): void {
    const worker = this.#worker
    this.#worker = undefined
    worker?.removeAllListeners('message')
    worker?.once('message', () => void worker.terminate())
    worker?.postMessage({ id: 0, question: { do: 'shut' } satisfies DatabaseQuestion })
  }

  #died(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#cursors.clear()
    this.#forgetRest()
    this.#rejectAll(error)
  }

  #rejectAll(error: unknown): void {
    const lost = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const waiting of lost) waiting.reject(error)
  }
}
