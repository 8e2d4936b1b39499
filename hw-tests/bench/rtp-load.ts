// Speech for many calls at once: compiles the generator next to this file and runs it on the streams that SIPp set up.
import { execFile, spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'

/** One direction of one call: where it is sent from and to. */
export interface SpokenStream {
  readonly port: number
  readonly boxPort: number
}

/** What the listeners counted; latencies in microseconds, from the sender's to the kernel's stamp. */
export interface SpokenCounts {
  readonly streams: number
  readonly sent: number
  readonly received: number
  /** Packets that nobody here had sent. */
  readonly strange: number
  /** Turns that the generator itself began more than 10 ms late: latencies of such a run are the machine's. */
  readonly late: number
  readonly p50: number
  readonly p99: number
  readonly p999: number
}

/** The streams that a side of the calls noted in its log. */
export async function notedStreams(folder: string): Promise<readonly SpokenStream[]> {
  return streamsIn(await readFile(join(folder, 'media.log'), 'utf8').catch(() => ''))
}

/** The streams that a piece of such a log tells of. */
export function streamsIn(text: string): readonly SpokenStream[] {
  return [...text.matchAll(/MEDIA (\d+) (\d+)/g)].map(([, port, boxPort]) => ({
    port: Number(port),
    boxPort: Number(boxPort),
  }))
}

/** Makes a generator of this folder; resolves with where it is. */
export async function compiled(name: string, folder: string): Promise<string> {
  const program = join(folder, name)
  const source = join(import.meta.dirname, `${name}.c`)
  await promisify(execFile)('gcc', ['-O2', '-Wall', '-o', program, source, '-lpthread'])
  return program
}

/** Speaks on all streams; `begin` and `end` are called around what is counted. Rejects when a port is taken. */
export async function speak(o: {
  folder: string
  streams: readonly SpokenStream[]
  host: string
  seconds: number
  warmUpSeconds: number
  begin(): void
  end(): void
}): Promise<SpokenCounts> {
  const program = await compiled('rtp-load', o.folder)
  const child = spawn(program, [String(o.seconds), String(o.warmUpSeconds)], { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  let counts: SpokenCounts | undefined
  child.stderr.on('data', (chunk: Buffer) => (said += chunk.toString()))
  createInterface({ input: child.stdout }).on('line', line => {
    if (line === 'begin') o.begin()
    else if (line === 'end') o.end()
    else counts = JSON.parse(line) as SpokenCounts
  })
  child.stdin.end(o.streams.map(({ port, boxPort }) => `${port} ${o.host} ${boxPort}\n`).join(''))
  const code = await new Promise(resolve => child.once('close', resolve))
  if (counts === undefined) throw new Error(`the speech ended with ${code}: ${said}`)
  return counts
}
