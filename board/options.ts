// The board's command line.
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { KEPT, type ProfilePaths } from './chosen-profile.ts'

export interface BoardOptions {
  /** Durable directory shared with the supervisor; the board keeps its own files in `board/` below it. */
  readonly data: string
  /** In memory: socket, simulated terminals, loudspeaker files. */
  readonly run: string
  /** Where GPIO chips are: `/dev`, save in tests. */
  readonly devices: string
  /** Where the board's profile may be. */
  readonly profile: ProfilePaths
}

/** Throws with a sentence for the person at the terminal. */
export function readOptions(args: readonly string[], products: string): BoardOptions {
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: { type: 'string' },
      run: { type: 'string' },
      profile: { type: 'string' },
      devices: { type: 'string', default: '/dev' },
    },
  })
  if (values.data === undefined) throw new Error('--data DIRECTORY is missing')
  if (values.run === undefined) throw new Error('--run DIRECTORY is missing')
  const data = resolve(values.data)
  return {
    data,
    run: resolve(values.run),
    devices: resolve(values.devices),
    profile: {
      named: values.profile === undefined ? undefined : resolve(values.profile),
      own: join(data, 'board/profile.json'),
      builtIn: join(products, 'simulated.json'),
      kept: join(data, 'board', KEPT),
    },
  }
}
