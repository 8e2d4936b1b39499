// A foreign program under test: started, watched, ended, its last words kept for the error message.

import { type ChildProcess, spawn } from 'node:child_process'

export interface ProgramOptions {
  cwd?: string
  /** Runs the program through another one, such as `ip netns exec NAME`. */
  within?: readonly string[]
}

const memory = 8000

export class Program {
  readonly name: string
  readonly exit: Promise<{ code: number | null; signal: NodeJS.Signals | null }>
  readonly #child: ChildProcess
  #said = ''
  #ended = false

  private constructor(command: string, args: readonly string[], { cwd, within = [] }: ProgramOptions) {
    this.name = command
    const [program = command, ...rest] = [...within, command, ...args]
    this.#child = spawn(program, rest, { stdio: ['pipe', 'pipe', 'pipe'], ...(cwd === undefined ? {} : { cwd }) })
    for (const stream of [this.#child.stdout, this.#child.stderr]) {
      stream?.on('data', chunk => {
        this.#said = (this.#said + chunk).slice(-memory)
      })
    }
    this.exit = new Promise(resolve => {
      this.#child.once('close', (code, signal) => {
        this.#ended = true
        resolve({ code, signal })
      })
    })
  }

  /** Rejects with what to install when the program is not there. */
  static async start(command: string, args: readonly string[], options: ProgramOptions = {}): Promise<Program> {
    const program = new Program(command, args, options)
    await new Promise<void>((resolve, reject) => {
      program.#child.once('spawn', resolve)
      program.#child.once('error', error => {
        const missing = (error as NodeJS.ErrnoException).code === 'ENOENT'
        const remedy = missing ? `install it (image-build/packages/test.txt)` : error.message
        reject(new Error(`${command} cannot be started: ${remedy}`))
      })
    })
    return program
  }

  get pid(): number {
    return this.#child.pid ?? 0
  }

  get ended(): boolean {
    return this.#ended
  }

  /** The last thousands of characters that it wrote, both streams mixed. */
  get said(): string {
    return this.#said
  }

  write(text: string): void {
    this.#child.stdin?.write(text)
  }

  /** Asks it to end, and after `patienceSeconds` ends it. */
  async stop(patienceSeconds = 3): Promise<void> {
    this.#child.kill('SIGTERM')
    const timer = setTimeout(() => this.#child.kill('SIGKILL'), patienceSeconds * 1000)
    await this.exit
    clearTimeout(timer)
  }
}
