// One program that must always run: started, restarted whenever it ends, stopped when asked.
//
// Its output goes to a file, never to a pipe: a launcher that hangs or dies can neither block nor end it. It leads its
// own session, so that a Ctrl-C in the terminal reaches the launcher alone, which then stops things in order.
import { type ChildProcess, spawn } from 'node:child_process'
import { closeSync, openSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/** The first restart is immediate; then these, the last for ever; milliseconds. */
const PATIENCE = [0, 100, 200, 400, 800, 1000]
/** Who ran so long is given an immediate restart again; milliseconds. */
const SOUND_AFTER = 10_000

export interface SiblingOptions {
  readonly name: string
  readonly command: string
  readonly args: readonly string[]
  /** Beside the launcher's own environment. */
  readonly environment?: Readonly<Record<string, string>>
  /** `<name>.log` and `<name>.pid` are kept in here. */
  readonly run: string
  /** How long it may take to end when asked; then it is killed; milliseconds. */
  readonly stopMilliseconds: number
  say(text: string): void
  /** It ended with EX_CONFIG before it ever ran soundly: an option or a file is wrong, and starting again mends nothing. */
  mistaken(): void
}

/** EX_CONFIG of sysexits.h. */
export const EXIT_MISTAKE = 78

export interface Sibling {
  readonly pid: number | undefined
  /** Ends it for good; resolves when it is gone. */
  stop(): Promise<void>
  /** Kills it at once and for good. */
  kill(): void
}

export function keepRunning(o: SiblingOptions): Sibling {
  let child: ChildProcess | undefined
  let stopping = false
  let failures = 0
  let everSound = false
  let retry: NodeJS.Timeout | undefined
  let gone = () => {}

  const ended = (how: string, startedAt: number) => {
    child = undefined
    if (stopping) {
      gone()
      return
    }
    if (performance.now() - startedAt > SOUND_AFTER) {
      failures = 0
      everSound = true
    }
    const patience = PATIENCE[Math.min(failures, PATIENCE.length - 1)] ?? 0
    failures += 1
    o.say(`${o.name} ended (${how}); starting it again${patience > 0 ? ` in ${patience} ms` : ''}`)
    retry = setTimeout(start, patience)
  }
  const start = () => {
    const startedAt = performance.now()
    const log = openSync(join(o.run, `${o.name}.log`), 'a', 0o640)
    const mine = spawn(o.command, [...o.args], {
      detached: true,
      stdio: ['ignore', log, log],
      env: { ...process.env, ...o.environment },
    })
    closeSync(log)
    child = mine
    // A program that cannot even be started says so here and never says `exit`.
    mine.once('error', error => {
      if (mine.pid === undefined) ended(error.message, startedAt)
    })
    mine.once('exit', (code, signal) => {
      if (code === EXIT_MISTAKE && !everSound && !stopping) {
        child = undefined
        stopping = true
        o.mistaken()
        return
      }
      ended(signal ?? `exit code ${code}`, startedAt)
    })
    if (mine.pid !== undefined) writeFileSync(join(o.run, `${o.name}.pid`), `${mine.pid}\n`)
  }
  start()

  return {
    get pid() {
      return child?.pid
    },
    stop() {
      stopping = true
      clearTimeout(retry)
      const mine = child
      if (mine === undefined) return Promise.resolve()
      return new Promise(resolve => {
        const last = setTimeout(() => mine.kill('SIGKILL'), o.stopMilliseconds)
        gone = () => {
          clearTimeout(last)
          resolve()
        }
        mine.kill('SIGTERM')
      })
    },
    kill() {
      stopping = true
      clearTimeout(retry)
      child?.kill('SIGKILL')
    },
  }
}
