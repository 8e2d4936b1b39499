// Lines by the GPIO character device (uAPI v2): the kernel debounces, stamps edges, and shows when it lost some.
import { createHash } from 'node:crypto'
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BoardClock } from '../clock.ts'
import type { LeftDescriptors } from '../left-descriptors.ts'
import type { LineRequest, Native } from '../native.ts'
import { type KeptLines, keepLines } from './kept-lines.ts'
import { type BankOptions, groups, type LineBank } from './line-bank.ts'

const CONSUMER = 'plant-board'
/** Errors by which a chip says that it has no pull-ups of its own. */
const NO_BIAS = new Set([22, 95, 524])
/** Errors by which a request says that its chip is gone: it must be asked for again. ENXIO, ENODEV. */
const GONE = new Set([6, 19])
/** That edges were lost is shown for so long after the last one; milliseconds. */
const LOSS_SHOWN = 3_600_000

export interface CharacterDeviceOptions {
  readonly native: Native
  readonly clock: BoardClock
  /** Where the chips are; `/dev` unless told otherwise. */
  readonly directory?: string
  /** What the run before left, and where this one leaves its lines: edges wait there while no board runs. */
  readonly left?: LeftDescriptors
}

interface Group<T> {
  readonly label: string
  readonly lines: readonly { readonly line: string; readonly offset: number; readonly value: T }[]
}
/** An output line where it is taken, and how to say that its chip is gone. */
interface OutputLine {
  readonly request: LineRequest
  readonly offset: number
  readonly gone: (why: string) => void
}

export function createCharacterDevice(o: CharacterDeviceOptions): LineBank {
  const { native, clock } = o
  const parts: KeptLines[] = []
  const outputs = new Map<string, OutputLine>()
  let wanted: BankOptions['outputs'] = new Map()

  const pathOf = (label: string) => {
    const chips = chipsByLabel(native, o.directory ?? '/dev')
    const path = chips.get(label)
    if (path === undefined)
      throw new Error(`there is no GPIO chip ${label}; there are: ${[...chips.keys()].join(', ') || 'none'}`)
    return path
  }
  /** The lines that the run before left, if they still answer; otherwise new ones, which are left in their turn. */
  const taken = (bank: BankOptions, name: string, make: (adopt?: number) => LineRequest): LineRequest => {
    const request = adopted(name, make) ?? make()
    leave(bank, name, request)
    return request
  }
  const adopted = (name: string, make: (adopt?: number) => LineRequest): LineRequest | undefined => {
    const descriptor = o.left?.claim(name)
    if (descriptor === undefined) return undefined
    try {
      return make(descriptor)
    } catch {
      // The chip behind it is gone, and with it the descriptor: whoever asks anew is told what is missing.
      o.left?.forget(name)
      return undefined
    }
  }
  const leave = (bank: BankOptions, name: string, request: LineRequest) => {
    const code = `board.lines-left:${name}`
    try {
      o.left?.keep(name, request.descriptor())
      bank.problem(code, '', 'solved')
    } catch (error) {
      const text = `systemd does not take the lines: a short press while the board restarts would be lost (${reason(error)}).`
      bank.problem(code, text, 'raised')
    }
  }
  const keepOutputs = (bank: BankOptions, { label, lines }: Group<boolean>) => {
    const name = nameOf(label, lines)
    let request: LineRequest | undefined
    return keepLines({
      clock,
      bank,
      code: codeOf(label, lines),
      what: `the outputs of ${label}`,
      inputs: [],
      watched: true,
      take(kept) {
        const pairs = lines.map(({ line, offset }) => [offset, wanted.get(line) === true] as const)
        const path = pathOf(label)
        const mine = taken(bank, name, adopt => {
          return new native.LineRequest(path, { ...optionsOf({ outputs: pairs }), adopt }, (_edges, _lost, error) => {
            if (error === 0) kept.alive()
            else kept.failed(`the kernel says error ${error}`)
          })
        })
        request = mine
        for (const [offset, on] of pairs) mine.set(offset, on)
        for (const { line, offset } of lines) outputs.set(line, { request: mine, offset, gone: kept.failed })
      },
      give(how) {
        for (const { line } of lines) outputs.delete(line)
        // Closing waits for the thread that waits for the chip: what hangs ends with the process.
        if (how !== 'hangs') request?.close()
        if (how === 'answers') o.left?.forget(name)
        request = undefined
      },
    })
  }
  const keepInputs = (bank: BankOptions, { label, lines }: Group<number>) => {
    const byOffset = new Map(lines.map(l => [l.offset, l.line]))
    const [code, name] = [codeOf(label, lines), nameOf(label, lines)]
    const lossTold = lossOf(bank, { clock, code, label })
    let request: LineRequest | undefined
    return keepLines({
      clock,
      bank,
      code,
      what: `the inputs of ${label}`,
      inputs: lines.map(l => l.line),
      watched: true,
      take(kept) {
        const tellLevels = () => {
          for (const [offset, closed] of Object.entries(request?.values() ?? {})) {
            const line = byOffset.get(Number(offset))
            if (line !== undefined) kept.edge(line, closed, clock.since())
          }
        }
        const inputs = { inputs: [...byOffset.keys()], debounceMicroseconds: (lines[0]?.value ?? 0) * 1000 }
        const path = pathOf(label)
        const withOrWithout = (bias: boolean, adopt?: number) =>
          new native.LineRequest(path, { ...optionsOf(inputs), bias, adopt }, (edges, lost, error) => {
            for (const { offset, closed, at } of edges) {
              const line = byOffset.get(offset)
              if (line !== undefined) kept.edge(line, closed, at)
            }
            if (error !== 0) return kept.failed(`the kernel says error ${error}`)
            kept.alive()
            if (lost === 0) return
            // What the levels are now is known again; what moved in between is not, and is told.
            lossTold(lost)
            tellLevels()
          })
        request = taken(bank, name, adopt => withBias(bank, label, bias => withOrWithout(bias, adopt)))
        // What moved while no board ran comes before what is now.
        request.take()
        tellLevels()
      },
      give(how) {
        if (how !== 'hangs') request?.close()
        if (how === 'answers') o.left?.forget(name)
        request = undefined
      },
    })
  }

  return {
    debounces: true,
    open(bank) {
      this.close()
      wanted = bank.outputs
      const [outputGroups, inputGroups] = [groups(bank.outputs, () => ''), groups(bank.inputs, String)]
      // A profile that was changed may have put a line elsewhere.
      o.left?.forgetAllBut(new Set([...outputGroups, ...inputGroups].map(({ label, lines }) => nameOf(label, lines))))
      for (const group of outputGroups) parts.push(keepOutputs(bank, group))
      for (const group of inputGroups) parts.push(keepInputs(bank, group))
    },
    set(line, on) {
      const found = outputs.get(line)
      if (found === undefined) return 'its chip is not there'
      try {
        found.request.set(found.offset, on)
        return undefined
      } catch (error) {
        const why = reason(error)
        if (errnoIn(GONE, error)) found.gone(why)
        return why
      }
    },
    close() {
      for (const part of parts.splice(0)) part.close()
    },
  }
}

/** The same for the same lines wired in the same way: what the run before left under it can be taken over. */
function nameOf(label: string, lines: Group<boolean | number>['lines']): string {
  // An output's value is its level now, an input's its debounce, which the kernel has taken over with it.
  const wired = lines.map(({ offset, value }) => [offset, typeof value === 'number' ? value : 'out'])
  const digest = createHash('sha256')
    .update(JSON.stringify([label, wired]))
    .digest('hex')
  return `lines-${digest.slice(0, 16)}`
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error))

const codeOf = (label: string, lines: Group<unknown>['lines']) => `board.lines:${label}:${lines[0]?.offset ?? 0}`

/** Tells of edges that were lost, for an hour after the last of them. */
function lossOf(bank: BankOptions, o: { clock: BoardClock; code: string; label: string }): (lost: number) => void {
  let inAll = 0
  let forget = () => {}
  return lost => {
    inAll += lost
    const code = `${o.code}:lost`
    bank.problem(code, `${inAll} edge(s) from ${o.label} were lost; the levels were read anew.`, 'raised')
    forget()
    forget = o.clock.after(LOSS_SHOWN, () => {
      inAll = 0
      bank.problem(code, '', 'solved')
    })
  }
}

const errnoIn = (known: ReadonlySet<number>, error: unknown): boolean =>
  error instanceof Error && 'errno' in error && known.has(Number(error.errno))

function withBias(bank: BankOptions, label: string, request: (bias: boolean) => LineRequest): LineRequest {
  try {
    return request(true)
  } catch (error) {
    if (!errnoIn(NO_BIAS, error)) throw error
    const text = `${label} has no pull-ups of its own: the inputs need resistors to the supply, or a cut is not seen.`
    bank.problem(`board.bias:${label}`, text, 'raised')
    return request(false)
  }
}

const optionsOf = (o: {
  inputs?: readonly number[]
  outputs?: readonly (readonly [number, boolean])[]
  debounceMicroseconds?: number
}) => ({
  consumer: CONSUMER,
  inputs: o.inputs ?? [],
  outputs: o.outputs ?? [],
  debounceMicroseconds: o.debounceMicroseconds ?? 0,
  bias: false,
})

/** Label → path of each chip that answers; one that is just going away has none. */
function chipsByLabel(native: Native, directory: string): ReadonlyMap<string, string> {
  const names = readdirSync(directory).filter(n => /^gpiochip\d+$/.test(n))
  return new Map(
    names.sort().flatMap(name => {
      const path = join(directory, name)
      const label = labelOf(native, path)
      return label === undefined ? [] : [[label, path] as const]
    }),
  )
}

function labelOf(native: Native, path: string): string | undefined {
  try {
    return native.chip(path).label
  } catch {
    // Who needs it is told that it is missing; the other chips have nothing to do with it.
    return undefined
  }
}
