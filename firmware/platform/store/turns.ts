// Whose turn it is to write to the records: a transaction of a page, or the next batch of the queue.

/** First come, first served. */
export class Turns {
  #last: Promise<void> = Promise.resolve()
  #number = 0

  /** Resolves when it is the asker's turn; what it resolves to ends the turn. */
  async take(): Promise<() => void> {
    const before = this.#last
    let leave = () => {}
    this.#last = new Promise(resolve => {
      leave = resolve
    })
    await before
    return leave
  }

  /** A number never given before. */
  number(): number {
    this.#number += 1
    return this.#number
  }
}
