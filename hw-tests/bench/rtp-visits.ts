// Speech of calls that come and go: compiles the generator next to this file and hands it each stream that SIPp notes.
import { spawn } from 'node:child_process'
import { type FileHandle, open } from 'node:fs/promises'
import { join } from 'node:path'
import { compiled, type SpokenStream, streamsIn } from './rtp-load.ts'

/** What was said on all streams, and what came back out of the box. */
export interface VisitCounts {
  readonly visits: number
  /** Streams that could not be opened. */
  readonly refused: number
  readonly sent: number
  readonly received: number
  /** Packets of keys (RFC 4733). */
  readonly keys_sent: number
  readonly keys_received: number
  /** Turns that the generator itself began more than 10 ms late. */
  readonly late: number
}

export interface Visits {
  /** Ends when the last stream has said all. */
  over(): Promise<VisitCounts>
  stop(): void
}

/** How often the logs are looked at. A stream speaks one look after it was noted: by then the call is up. */
const LOOK_EVERY = 200

/** Speaks `seconds` on each stream that the sides in these folders note from now on. */
export async function visits(o: {
  folder: string
  host: string
  sides: readonly string[]
  seconds: number
}): Promise<Visits> {
  const child = spawn(await compiled('rtp-visits', o.folder), { stdio: ['pipe', 'pipe', 'inherit'] })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
  const closed = new Promise<number | null>(resolve => child.once('close', resolve))
  const logs = o.sides.map(side => new NotedLog(join(side, 'media.log')))
  let waiting: readonly SpokenStream[] = []
  const look = async () => {
    const lines = waiting.map(({ port, boxPort }) => `${port} ${o.host} ${boxPort} ${o.seconds}\n`)
    child.stdin.write(lines.join(''))
    waiting = (await Promise.all(logs.map(log => log.more()))).flat()
  }
  let turn = Promise.resolve()
  const timer = setInterval(() => (turn = turn.then(look)), LOOK_EVERY)
  return {
    over: async () => {
      clearInterval(timer)
      await turn
      await Promise.all(logs.map(log => log.close()))
      child.stdin.end()
      const code = await closed
      if (said === '') throw new Error(`the speech of calls that come and go ended with ${code}, without a count`)
      return JSON.parse(said) as VisitCounts
    },
    stop: () => {
      clearInterval(timer)
      child.kill()
    },
  }
}

/** A log that SIPp writes on. */
class NotedLog {
  readonly #file: string
  readonly #bytes = Buffer.alloc(64 * 1024)
  #handle: FileHandle | undefined
  #rest = ''

  constructor(file: string) {
    this.#file = file
  }

  /** Streams noted since this was last asked; none while there is no log. */
  async more(): Promise<readonly SpokenStream[]> {
    this.#handle ??= await open(this.#file).catch((error: NodeJS.ErrnoException) => {
      if (error.code === 'ENOENT') return undefined
      throw error
    })
    if (this.#handle === undefined) return []
    const { bytesRead } = await this.#handle.read(this.#bytes)
    const text = this.#rest + this.#bytes.toString('latin1', 0, bytesRead)
    const end = text.lastIndexOf('\n') + 1
    this.#rest = text.slice(end)
    return streamsIn(text.slice(0, end))
  }

  async close(): Promise<void> {
    await this.#handle?.close()
  }
}
