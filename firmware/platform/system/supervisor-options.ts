// The supervisor's command line. Every mistake is a sentence that names the option and what would be right.
import { accessSync, constants, mkdirSync } from 'node:fs'
import { isIP } from 'node:net'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { PbxError } from '../../kernel/errors.ts'

export interface SupervisorOptions {
  readonly data: string
  readonly run: string
  /** Addresses that SIP and RTP bind to. */
  readonly hosts: readonly string[]
  readonly webHost: string
  readonly sipPort: number
  /** SIP over TLS; 0: none. */
  readonly sipTlsPort: number
  readonly webPort: number
  readonly rtp: { readonly from: number; readonly to: number }
}

/** Reads the options and makes the directories; throws PbxError `options.wrong` or `options.unwritable`. */
export function readSupervisorOptions(args: readonly string[]): SupervisorOptions {
  const text = { type: 'string' } as const
  const { values } = parseArgs({
    args: [...args],
    options: {
      data: text,
      run: text,
      host: text,
      'sip-port': text,
      'sip-tls-port': text,
      rtp: text,
      'http-port': text,
    },
  })
  const data = writable('data', values.data ?? '.data')
  const run = writable('run', values.run ?? join(data, 'run'))
  const named = values.host
  if (named !== undefined && isIP(named) === 0)
    throw wrong('host', named, 'an address of this machine, such as 192.168.10.2')
  return {
    data,
    run,
    hosts: named === undefined ? ['0.0.0.0', '::'] : [named],
    webHost: named ?? '::',
    sipPort: port('sip-port', values['sip-port'] ?? '5060'),
    sipTlsPort: values['sip-tls-port'] === '0' ? 0 : port('sip-tls-port', values['sip-tls-port'] ?? '5061'),
    webPort: port('http-port', values['http-port'] ?? '8443'),
    rtp: range(values.rtp ?? '10000-20000'),
  }
}

function wrong(option: string, value: string, remedy: string): PbxError {
  return new PbxError('options.wrong', `--${option} ${value}: give ${remedy}`, { fields: { [option]: remedy } })
}

function port(option: string, value: string): number {
  const number = Number(value)
  if (!Number.isInteger(number) || number < 1 || number > 65535) throw wrong(option, value, 'a port from 1 to 65535')
  return number
}

function range(value: string): { from: number; to: number } {
  const [from = Number.NaN, to = Number.NaN] = value.split('-').map(Number)
  if (!(from >= 1024 && to <= 65535 && to - from >= 99))
    throw wrong('rtp', value, 'a range of at least 100 ports, such as 10000-20000')
  return { from, to }
}

function writable(option: string, directory: string): string {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 })
    accessSync(directory, constants.W_OK | constants.X_OK)
    return directory
  } catch (error) {
    const why = (error as NodeJS.ErrnoException).code ?? String(error)
    throw new PbxError(
      'options.unwritable',
      `--${option} ${directory} cannot be written (${why}): choose another directory, or give this user the right to write there`,
      {
        fields: { [option]: 'choose a directory that this user may write' },
      },
    )
  }
}
