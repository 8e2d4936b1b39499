// JSON lines over a stream socket: cuts incoming bytes into whole messages, whatever the kernel did to their edges.
import { StringDecoder } from 'node:string_decoder'

/** No message of the board's protocol comes near this; a peer that sends a longer line is not speaking it. */
export const LONGEST_LINE = 4 * 1024 * 1024

/** Feeds on chunks; calls `line` once per whole line without its end. Returns false when a line is longer than {@link LONGEST_LINE}. */
export function lineCutter(line: (text: string) => void): (chunk: Buffer) => boolean {
  const decoder = new StringDecoder('utf8')
  let rest = ''
  return chunk => {
    const parts = (rest + decoder.write(chunk)).split('\n')
    rest = parts.pop() ?? ''
    for (const part of parts) if (part !== '') line(part)
    return rest.length <= LONGEST_LINE
  }
}
