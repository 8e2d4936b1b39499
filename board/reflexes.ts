// The reflex table: what each input does without asking anyone, in force in memory and kept on disk behind it.
import { createHash } from 'node:crypto'
import { root } from './checked.ts'
import type { BoardClock } from './clock.ts'
import { type Names, readTable } from './commands.ts'
import { type Disk, PREVIOUS } from './disk.ts'
import type { Problems } from './problems.ts'
import type { Reflex, ReflexTable } from './protocol.ts'

const FILE = 'reflexes'
const RETRY_AFTER = 1000

export interface Reflexes {
  readonly hash: string | undefined
  readonly table: ReflexTable | undefined
  /** What a press of this input fires. */
  of(input: string): readonly Reflex[]
  /** How long this input must be held to be pressed, milliseconds; 0 where no table says so. */
  holdOf(input: string): number
  /** In force before it returns; kept on disk soon, or a problem says that it is not. */
  load(table: ReflexTable): void
  /** Resolves with the table kept by an earlier run, in force by then unless another was loaded meanwhile. */
  readonly restored: Promise<ReflexTable | undefined>
  close(): void
}

export interface ReflexesOptions {
  readonly disk: Disk
  readonly names: Names
  readonly clock: BoardClock
  readonly problems: Problems
}

export function openReflexes(o: ReflexesOptions): Reflexes {
  let table: ReflexTable | undefined
  let byInput = new Map<string, Reflex[]>()
  let holds = new Map<string, number>()
  let unkept: ReflexTable | undefined
  let keeping = false
  let closed = false
  let forgetRetry = () => {}

  const enforce = (wanted: ReflexTable) => {
    const index = new Map<string, Reflex[]>()
    for (const reflex of wanted.reflexes) index.set(reflex.input, [...(index.get(reflex.input) ?? []), reflex])
    byInput = index
    holds = new Map((wanted.holds ?? []).map(hold => [hold.input, hold.milliseconds]))
    table = wanted
  }
  const keep = () => {
    if (keeping || closed || unkept === undefined) return
    keeping = true
    const mine = unkept
    o.disk.replace(FILE, fileOf(mine)).then(
      () => {
        o.problems.solve('board.table-not-kept')
        keeping = false
        if (unkept === mine) unkept = undefined
        keep()
      },
      (error: unknown) => {
        const text = `The reflex table is in force but not on disk (${reason(error)}): after a power cut the former one returns.`
        o.problems.raise('board.table-not-kept', text)
        keeping = false
        forgetRetry = o.clock.after(RETRY_AFTER, keep)
      },
    )
  }
  const restore = async (): Promise<ReflexTable | undefined> => {
    for (const name of [FILE, `${FILE}${PREVIOUS}`]) {
      const kept = await readKept(name, o)
      if (kept === undefined) continue
      if (table === undefined) enforce(kept)
      return kept
    }
    return undefined
  }

  return {
    get hash() {
      return table?.hash
    },
    get table() {
      return table
    },
    of: input => byInput.get(input) ?? [],
    holdOf: input => holds.get(input) ?? 0,
    load(wanted) {
      enforce(wanted)
      unkept = wanted
      keep()
    },
    restored: restore(),
    close() {
      closed = true
      forgetRetry()
    },
  }
}

function fileOf(table: ReflexTable): string {
  const json = JSON.stringify(table)
  return `${createHash('sha256').update(json).digest('hex')}\n${json}`
}

async function readKept(name: string, o: ReflexesOptions): Promise<ReflexTable | undefined> {
  try {
    const bytes = await o.disk.read(name)
    if (bytes === undefined) return undefined
    const text = bytes.toString('utf8')
    const json = text.slice(65)
    if (createHash('sha256').update(json).digest('hex') !== text.slice(0, 64)) throw new Error('its checksum is wrong')
    return readTable(root(JSON.parse(json)), o.names)
  } catch (error) {
    o.problems.raise('board.table-unreadable', `The kept reflex table ${name} cannot be used: ${reason(error)}.`)
    return undefined
  }
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error))
