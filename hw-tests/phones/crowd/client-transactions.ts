// Requests that a phone of the crowd waits for an answer to, sent again over UDP until one comes (RFC 3261 17.1).

import type { SipMessage } from './sip-message.ts'

export interface SentRequest {
  branch: string
  packet: Buffer
  invite: boolean
  send: (packet: Buffer) => void
  /** Every response. */
  hear: (response: SipMessage) => void
  /** No answer for 64*T1. */
  lost: () => void
}

const t1 = 500
const t2 = 4000

export class ClientTransactions {
  readonly #open = new Map<string, { request: SentRequest; timer: NodeJS.Timeout | undefined }>()
  retransmissions = 0

  start(request: SentRequest): void {
    const entry = { request, timer: undefined }
    this.#open.set(request.branch, entry)
    request.send(request.packet)
    this.#again(request, t1, t1)
  }

  /** False when nobody waits for this response, as for the repeated 2xx of an INVITE. */
  hear(branch: string, response: SipMessage): boolean {
    const entry = this.#open.get(branch)
    if (!entry) return false
    const status = response.status ?? 0
    if (status >= 200) this.#close(branch)
    // A provisional answer ends the repetitions of an INVITE; whoever rings may ring long.
    else if (entry.request.invite) clearTimeout(entry.timer)
    entry.request.hear(response)
    return true
  }

  closeAll(): void {
    for (const branch of [...this.#open.keys()]) this.#close(branch)
  }

  #close(branch: string): void {
    clearTimeout(this.#open.get(branch)?.timer)
    this.#open.delete(branch)
  }

  #again(request: SentRequest, waitMs: number, spentMs: number): void {
    const entry = this.#open.get(request.branch)
    if (!entry) return
    entry.timer = setTimeout(() => {
      if (spentMs >= 64 * t1) {
        this.#close(request.branch)
        request.lost()
        return
      }
      this.retransmissions++
      request.send(request.packet)
      const next = request.invite ? waitMs * 2 : Math.min(waitMs * 2, t2)
      this.#again(request, next, spentMs + next)
    }, waitMs)
  }
}
