// Shows what a sibling wrote to its log file, and keeps the file from growing without end.
import { closeSync, fstatSync, ftruncateSync, openSync, readSync } from 'node:fs'
import { StringDecoder } from 'node:string_decoder'

const LONGEST = 4 * 1024 * 1024
const LOOK_EVERY = 100

/** Calls `line` for each line appended from now on; the returned function shows what is left and ends. */
export function tailLog(file: string, line: (text: string) => void): () => void {
  const handle = openSync(file, 'a+', 0o640)
  const decoder = new StringDecoder('utf8')
  const bytes = Buffer.alloc(64 * 1024)
  let offset = fstatSync(handle).size
  let rest = ''
  const look = () => {
    for (;;) {
      const length = readSync(handle, bytes, 0, bytes.length, offset)
      if (length === 0) break
      offset += length
      const parts = (rest + decoder.write(bytes.subarray(0, length))).split('\n')
      rest = parts.pop() ?? ''
      for (const part of parts) line(part)
    }
    if (offset <= LONGEST) return
    // Writers append, so they go on at the new end.
    ftruncateSync(handle, 0)
    offset = 0
  }
  const timer = setInterval(look, LOOK_EVERY)
  return () => {
    clearInterval(timer)
    look()
    closeSync(handle)
  }
}
