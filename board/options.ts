// The board's command line.
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface BoardOptions {
  /** Durable directory shared with the supervisor; the board keeps its own files in `board/` below it. */
  readonly data: string
  /** In memory: socket, simulated terminals, loudspeaker files. */
  readonly run: string
  /** Profile file: the one named, else the box's own, else the simulated board that comes with the product. */
  readonly profile: string
}

/** Throws with a sentence for the person at the terminal. */
export function readOptions(args: readonly string[], products: string): BoardOptions {
  const { values } = parseArgs({
    args: [...args],
    options: { data: { type: 'string' }, run: { type: 'string' }, profile: { type: 'string' } },
  })
  if (values.data === undefined) throw new Error('--data DIRECTORY is missing')
  if (values.run === undefined) throw new Error('--run DIRECTORY is missing')
  const data = resolve(values.data)
  const own = join(data, 'board/profile.json')
  const profile = values.profile ?? (existsSync(own) ? own : join(products, 'simulated.json'))
  return { data, run: resolve(values.run), profile: resolve(profile) }
}
