// Requests that phones send in their calls and that the fake switch hands on: each is answered once, and the phone is told.

export class FakeRequests {
  readonly #waiting = new Map<string, (status: number) => void>()
  #made = 0

  /** A new request; `told` hears how it was answered. */
  open(kind: string, told: (status: number) => void): string {
    const request = `${kind}-${++this.#made}`
    this.#waiting.set(request, told)
    return request
  }

  /** Answers to what nobody asked are dropped. */
  answer(request: string, status: number): void {
    this.#waiting.get(request)?.(status)
    if (status >= 200) this.#waiting.delete(request)
  }
}
