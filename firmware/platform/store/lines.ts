// Logs of the box: one JSON record per line behind its length and checksum, so that a torn or rotten line is known as such.
import { crc32 } from 'node:zlib'

/** What a log held. */
export interface Lines {
  readonly records: readonly unknown[]
  /** Where the last good line ends; behind it lies at most a torn tail. */
  readonly end: number
  /** Something unreadable lies behind the last good line. */
  readonly tail: boolean
  /** That is one line: an append that was cut off. */
  readonly torn: boolean
  /** Unreadable lines that no cut-off append explains: a rotten disk. */
  readonly damaged: number
}

const NEWLINE = 10

/** Bytes for an append. The first byte ends whatever a failed write may have left before it. */
export function encodeLines(records: readonly unknown[]): Buffer {
  return Buffer.from(`${records.map(record => `\n${encodeLine(JSON.stringify(record))}`).join('')}\n`)
}

function encodeLine(json: string): string {
  const bytes = Buffer.byteLength(json)
  return `${bytes} ${crc32(json).toString(16).padStart(8, '0')} ${json}`
}

/** Reads a log up to its last good line. */
export function decodeLines(bytes: Buffer): Lines {
  const records: unknown[] = []
  let end = 0
  let damaged = 0
  let doubtful = 0
  for (let from = 0; from < bytes.length; ) {
    const to = bytes.indexOf(NEWLINE, from)
    const line = bytes.subarray(from, to < 0 ? bytes.length : to)
    // A line without its newline may be whole and still be cut off with the next append: it counts, and is ended by that append.
    const record = line.length > 0 ? decodeLine(line) : undefined
    from += line.length + 1
    if (record) {
      records.push(record.value)
      damaged += doubtful
      doubtful = 0
      end = Math.min(from, bytes.length)
    } else if (line.length > 0) doubtful += 1
  }
  return { records, end, tail: doubtful > 0, torn: doubtful === 1, damaged: damaged + (doubtful > 1 ? doubtful : 0) }
}

function decodeLine(line: Buffer): { value: unknown } | undefined {
  const head = /^(\d{1,9}) ([0-9a-f]{8}) /.exec(line.subarray(0, 20).toString('latin1'))
  if (!head) return undefined
  const json = line.subarray(head[0].length)
  if (json.length !== Number(head[1]) || crc32(json) !== Number.parseInt(head[2] ?? '', 16)) return undefined
  return { value: JSON.parse(json.toString('utf8')) }
}

/** Of a log of `{ id, value? }` the newest line of each id, without those that were deleted. */
export function newestLines(bytes: Buffer): Buffer {
  const newest = new Map<string, unknown>()
  for (const record of decodeLines(bytes).records) {
    const { id, value } = record as { id: string; value?: unknown }
    newest.delete(id)
    if (value !== undefined) newest.set(id, record)
  }
  return newest.size > 0 ? encodeLines([...newest.values()]) : Buffer.alloc(0)
}
