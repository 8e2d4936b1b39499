// The command line of `npm start`: what the launcher itself needs, and what it hands on to board and supervisor.
import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { parseArgs } from 'node:util'

export interface LauncherOptions {
  readonly data: string
  readonly run: string
  /** Arguments of the two programs. */
  readonly board: readonly string[]
  readonly supervisor: readonly string[]
}

export const USAGE = `plant-pbx: starts the board and the supervisor, and restarts whichever ends

  --data DIRECTORY    where everything durable is kept (default: .data)
  --run DIRECTORY     sockets and memory files (default: a directory in memory, by the name of --data)
  --profile FILE      the board's profile (default: the simulated board)
  --host ADDRESS      address that SIP, RTP and the web listen on
  --sip-port PORT     SIP over UDP and TCP
  --sip-tls-port PORT SIP over TLS, 0 for none
  --rtp FROM-TO       UDP ports of calls and pages
  --http-port PORT    the web
  --help              this text
`

/** Handed to the supervisor as they come; it checks their values. */
const SUPERVISORS = ['host', 'sip-port', 'sip-tls-port', 'rtp', 'http-port'] as const

/** Throws with a sentence for the person at the terminal; undefined when only help was asked for. */
export function readOptions(args: readonly string[], here: string): LauncherOptions | undefined {
  const string = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: string,
      run: string,
      profile: string,
      host: string,
      'sip-port': string,
      'sip-tls-port': string,
      rtp: string,
      'http-port': string,
      help: { type: 'boolean' },
    },
  })
  if (values.help === true) return undefined
  const data = resolve(values.data ?? join(here, '.data'))
  const run = resolve(values.run ?? memoryDirectory(data))
  const both = ['--data', data, '--run', run]
  const profile = values.profile === undefined ? [] : ['--profile', resolve(values.profile)]
  const supervisors = SUPERVISORS.flatMap(name => {
    const value = values[name]
    return value === undefined ? [] : [`--${name}`, value]
  })
  return { data, run, board: [...both, ...profile], supervisor: [...both, ...supervisors] }
}

/** One per data directory, so that several boxes can run on one machine. */
function memoryDirectory(data: string): string {
  const name = `plant-pbx-${createHash('sha256').update(data).digest('hex').slice(0, 12)}`
  const memory = [process.env.XDG_RUNTIME_DIR, '/dev/shm'].find(d => d !== undefined && existsSync(d))
  return memory === undefined ? join(data, 'run') : join(memory, name)
}
