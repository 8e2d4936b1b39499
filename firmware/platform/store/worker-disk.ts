// The disk of the box: a thread of its own, so that neither password hashes nor a slow card can hold the calls up.
import { Worker } from 'node:worker_threads'
import { PbxError } from '../../kernel/errors.ts'
import type { Disk, DiskStep } from './disk.ts'
import type { DiskReply, DiskRequest } from './disk-worker.ts'

interface Waiting {
  readonly resolve: () => void
  readonly reject: (error: unknown) => void
}

/** Starts its thread at the first write, and again if it should die; what was on its way then is rejected. */
export class WorkerDisk implements Disk {
  #worker: Worker | undefined
  #next = 1
  readonly #waiting = new Map<number, Waiting>()
  #errand: DiskRequest[] = []

  run(steps: readonly DiskStep[]): Promise<void> {
    const id = this.#next++
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject })
      // Waking a thread costs more than a short write: what one turn wants written goes over together.
      if (this.#errand.push({ id, steps }) === 1) queueMicrotask(() => this.#send())
    })
  }

  #send(): void {
    const errand = this.#errand
    this.#errand = []
    const thread = this.#thread()
    thread.ref()
    thread.postMessage(errand)
  }

  async close(): Promise<void> {
    while (this.#waiting.size > 0) await new Promise<void>(resolve => this.#onceAnswered(resolve))
    await this.#worker?.terminate()
    this.#worker = undefined
  }

  #onceAnswered(resolve: () => void): void {
    this.#worker?.once('message', () => resolve())
    this.#worker?.once('exit', () => resolve())
    if (!this.#worker) resolve()
  }

  #thread(): Worker {
    if (this.#worker) return this.#worker
    const worker = new Worker(new URL('./disk-worker.ts', import.meta.url), { name: 'disk' })
    worker.on('message', (replies: readonly DiskReply[]) => replies.forEach(reply => void this.#answered(reply)))
    worker.on('error', error => this.#died(worker, error))
    worker.on('exit', () => this.#died(worker, new Error('the disk thread ended')))
    worker.unref()
    this.#worker = worker
    return worker
  }

  #answered({ id, error }: DiskReply): void {
    const waiting = this.#waiting.get(id)
    this.#waiting.delete(id)
    // An idle thread must not keep a tool from ending; a busy one must.
    if (this.#waiting.size === 0) this.#worker?.unref()
    if (error) waiting?.reject(Object.assign(new Error(error.message), { code: error.code }))
    else waiting?.resolve()
  }

  #died(worker: Worker, error: unknown): void {
    if (this.#worker !== worker) return
    this.#worker = undefined
    const lost = [...this.#waiting.values()]
    this.#waiting.clear()
    for (const waiting of lost) waiting.reject(error)
  }
}

/** What a failed write means to the person who asked for it. */
export function diskError(cause: unknown): PbxError {
  const { code, message } = cause as { code?: unknown; message?: unknown }
  if (code === 'ENOSPC' || code === 'EDQUOT')
    return new PbxError('store.disk-full', 'the disk of the box is full: free space, then save again', {
      status: 507,
      cause,
    })
  return new PbxError(
    'store.disk-failed',
    `the disk of the box refused the write (${code ?? message}): see its health page`,
    {
      status: 500,
      cause,
    },
  )
}
