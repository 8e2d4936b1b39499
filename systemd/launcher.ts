// `npm start`: stands for systemd where there is none. Board and supervisor run as siblings; whichever ends is started
// again at once, and neither notices the other's end. Stopping goes the other way round: supervisor first, board last.
import { mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { tailLog } from './log-tail.ts'
import { readOptions, USAGE } from './options.ts'
import { EXIT_MISTAKE, keepRunning } from './sibling.ts'

/** As in both units: the engine's own stripper of types costs every process memory for good, and every start a moment. */
const TYPELESS = ['--import', new URL('./typeless.js', import.meta.url).href]
/**
 * As in plant-pbx.service: the engine's nursery, its helper threads and the C library's arenas are sized for servers with
 * many cores, and would hold 80 MB that a box never needs; what calls leave behind is collected before it doubles the
 * heap. Memory is given back by the switch itself, every ten seconds, not call by call.
 */
const LEAN_ENGINE = [...TYPELESS, '--max-semi-space-size=4', '--v8-pool-size=1', '--heap-growing-percent=30']
const LEAN_MEMORY = { MALLOC_ARENA_MAX: '2', MALLOC_TRIM_THRESHOLD_: '16777216', MALLOC_TOP_PAD_: '1048576' }

function main(): void {
  const here = join(import.meta.dirname, '..')
  const options = readOptions(process.argv.slice(2), here)
  if (options === undefined) {
    process.stdout.write(USAGE)
    return
  }
  const { data, run } = options
  makeDirectory('data', data)
  makeDirectory('run', run)
  refuseSecondStart(run)
  const say = (text: string) => void process.stdout.write(`${text}\n`)
  const begin = (name: string, program: string, o: Beginning) => {
    const endTail = tailLog(join(run, `${name}.log`), say)
    const args = [...(o.engine ?? []), join(here, program), ...o.args]
    const mistaken = () => void stop(EXIT_MISTAKE)
    const sibling = keepRunning({ ...o, name, command: process.execPath, args, run, say, mistaken })
    return { sibling, endTail }
  }
  const board = begin('board', 'board/main.ts', {
    args: options.board,
    stopMilliseconds: 2000,
    engine: TYPELESS,
    // Each ADC that hangs holds one of these threads; the journal needs one as well.
    environment: { UV_THREADPOOL_SIZE: '16' },
  })
  const lean = { engine: LEAN_ENGINE, environment: LEAN_MEMORY }
  const supervisor = begin('supervisor', 'firmware/main.ts', {
    args: options.supervisor,
    stopMilliseconds: 8000,
    ...lean,
  })

  const stop = async (code: number) => {
    await supervisor.sibling.stop()
    await board.sibling.stop()
    supervisor.endTail()
    board.endTail()
    process.exit(code)
  }
  let asked = 0
  const ask = () => {
    asked += 1
    if (asked === 1) void stop(0)
    if (asked < 2) return
    supervisor.sibling.kill()
    board.sibling.kill()
  }
  process.on('SIGINT', ask)
  process.on('SIGTERM', ask)
}

interface Beginning {
  readonly args: readonly string[]
  readonly stopMilliseconds: number
  /** Options of the JavaScript engine. */
  readonly engine?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
}

function makeDirectory(option: string, directory: string) {
  try {
    mkdirSync(directory, { recursive: true, mode: 0o750 })
  } catch (error) {
    const why = error instanceof Error && 'code' in error ? String(error.code) : String(error)
    throw new Error(
      `--${option} ${directory} cannot be made (${why}): choose another directory, or make this one writable`,
    )
  }
}

/** Two launchers over one directory would fight for sockets and journals. */
function refuseSecondStart(run: string) {
  for (const name of ['board', 'supervisor']) {
    const pid = runningPid(join(run, `${name}.pid`))
    if (pid === undefined) continue
    throw new Error(
      `the ${name} of ${run} is running already (process ${pid}): stop it first, or choose another --run and --data`,
    )
  }
}

function runningPid(file: string): number | undefined {
  try {
    const pid = Number(readFileSync(file, 'utf8'))
    // The number may belong to another program by now: only one of ours counts.
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').includes('/main.ts') ? pid : undefined
  } catch {
    // No file, or no such process: nothing runs there.
    return undefined
  }
}

try {
  main()
} catch (error) {
  const text = error instanceof Error ? error.message : String(error)
  const mistyped = error instanceof Error && 'code' in error && String(error.code).startsWith('ERR_PARSE_ARGS')
  process.stderr.write(mistyped ? `${text}\n\n${USAGE}` : `${text}\n`)
  process.exit(2)
}
