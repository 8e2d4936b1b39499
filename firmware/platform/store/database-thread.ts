// The main thread's end of a database thread: questions over, answers back, started again when it dies.
import { Worker } from 'node:worker_threads'
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

/** One connection. Questions are answered in order; those on their way when the thread dies are rejected. */
export class DatabaseThread {
  readonly #o: DatabaseThreadOptions
  #worker: Worker | undefined
  #next = 1
  readonly #waiting = new Map<number, Waiting>()

  constructor(o: DatabaseThreadOptions) {
    this.#o = o
  }

  ask(question: DatabaseQuestion): Promise<DatabaseAnswer> {
    const id = this.#next++
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
    if (this.#waiting.size === 0) this.#worker?.unref()
    if (error) waiting?.reject(Object.assign(new Error(error.message), { code: error.code }))
    else waiting?.resolve(answer ?? {})
  }

  #died(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    this.#rejectAll(error)
  }

  #rejectAll(error: unknown): void {
    const lost = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const waiting of lost) waiting.reject(error)
  }
}
