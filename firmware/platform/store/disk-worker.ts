// The thread that waits for the disk: synchronous writes, in order; each of an errand is answered for itself.
import { parentPort } from 'node:worker_threads'
import { DiskHand, type DiskStep } from './disk.ts'
import { NodeFiles } from './files.ts'

/** What goes over to the thread, and back. */
export interface DiskRequest {
  readonly id: number
  readonly steps: readonly DiskStep[]
}
export interface DiskReply {
  readonly id: number
  readonly error?: { readonly code: string; readonly message: string }
}

/** Answers requests until the port closes. */
function serve(): void {
  const hand = new DiskHand(new NodeFiles())
  parentPort?.on('message', (errand: readonly DiskRequest[]) => {
    parentPort?.postMessage(errand.map(({ id, steps }) => attempt(id, () => hand.run(steps))))
  })
}

function attempt(id: number, work: () => void): DiskReply {
  try {
    work()
    return { id }
  } catch (error) {
    const { code, message } = error as { code?: unknown; message?: unknown }
    return { id, error: { code: String(code ?? 'EIO'), message: String(message ?? error) } }
  }
}

serve()
