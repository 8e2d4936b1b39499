// The board's log: lines to standard error that are lost rather than waited for, because whoever reads them may hang.
import { write } from 'node:fs'

const MOST_WAITING = 200

export type BoardLog = (text: string) => void

export function createLog(descriptor: number): BoardLog {
  const waiting: string[] = []
  let writing = false
  let lost = 0
  const next = () => {
    const line = waiting.shift()
    if (writing || line === undefined) return
    writing = true
    // An asynchronous write costs at most one of libuv's threads when the reader hangs; a failed one is a lost line.
    write(descriptor, line, () => {
      writing = false
      next()
    })
  }
  return text => {
    if (waiting.length >= MOST_WAITING) {
      lost += 1
      return
    }
    waiting.push(lost > 0 ? `board: ${lost} lines of the log are lost\nboard: ${text}\n` : `board: ${text}\n`)
    lost = 0
    next()
  }
}
