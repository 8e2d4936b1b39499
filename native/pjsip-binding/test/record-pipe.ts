// The switch's file of records as a pipe: a test holds back what is about to be written, sees what waits for that, and
// gives a successor what was written up to then.
import { execFileSync } from 'node:child_process'
import {
  closeSync,
  constants,
  openSync,
  readdirSync,
  readFileSync,
  readlinkSync,
  readSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'

/** As much as one write leaves a reader at once, bytes (PIPE_BUF, pipe(7)). */
const PAGE = 4096

export class RecordPipe {
  readonly #directory: string
  readonly #pipe: number
  #text = ''

  /** Before the switch opens its records; they begin as `legs.new`, and are `legs` from then on. */
  constructor(directory: string) {
    this.#directory = directory
    const path = join(directory, 'legs.new')
    execFileSync('mkfifo', [path])
    this.#pipe = openSync(path, constants.O_RDWR | constants.O_NONBLOCK)
  }

  /** What was written so far, without empty lines; what was held back passes. */
  get text(): string {
    while (this.#read()) {}
    return this.#text.replaceAll(/\n+/g, '\n')
  }

  /** From here on the switch stands still where it writes. Filled with empty lines, which say nothing in a record. */
  holdBack(): void {
    for (let size = PAGE; size >= 1; size /= 2) while (this.#write(size)) {}
  }

  /** Whether the switch stands still at a write: what it does next waits for that. */
  isHeldBack(pid: number): boolean {
    return readdirSync(`/proc/${pid}/task`).some(thread => {
      const [, first = ''] = readFileSync(`/proc/${pid}/task/${thread}/syscall`, 'utf8').split(' ')
      const file = Number(first)
      return file > 2 && file < 4096 && this.#isOurs(`/proc/${pid}/fd/${file}`)
    })
  }

  /** The file that a successor finds: up to the last line that says so. After the process has ended. */
  becomesFile(last: string): void {
    const lines = this.text.split('\n')
    const text = lines.slice(0, lines.findLastIndex(line => line.includes(last)) + 1).join('\n')
    closeSync(this.#pipe)
    rmSync(join(this.#directory, 'legs'))
    writeFileSync(join(this.#directory, 'legs'), `${text}\n`)
  }

  #isOurs(link: string): boolean {
    try {
      return readlinkSync(link) === join(this.#directory, 'legs')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
      return false
    }
  }

  #read(): boolean {
    const page = Buffer.alloc(PAGE)
    const length = unlessItWouldWait(() => readSync(this.#pipe, page))
    this.#text += page.toString('latin1', 0, length)
    return length > 0
  }

  #write(size: number): boolean {
    return unlessItWouldWait(() => writeSync(this.#pipe, '\n'.repeat(size))) > 0
  }
}

function unlessItWouldWait(does: () => number): number {
  try {
    return does()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error
    return 0
  }
}
