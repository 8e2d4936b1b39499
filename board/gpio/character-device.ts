// Lines by the GPIO character device (uAPI v2): the kernel debounces, stamps edges, and shows when it lost some.
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import type { BoardClock } from '../clock.ts'
import type { LineRequest, Native } from '../native.ts'
import { type BankOptions, groups, type LineBank } from './line-bank.ts'

const CONSUMER = 'plant-board'
/** Errors by which a chip says that it has no pull-ups of its own. */
const NO_BIAS = new Set([22, 95, 524])

export interface CharacterDeviceOptions {
  readonly native: Native
  readonly clock: BoardClock
  /** Where the chips are; `/dev` unless told otherwise. */
  readonly directory?: string
}

export function createCharacterDevice(o: CharacterDeviceOptions): LineBank {
  const { native, clock } = o
  const requests: LineRequest[] = []
  const outputs = new Map<string, { request: LineRequest; offset: number }>()
  let problem: BankOptions['problem'] | undefined

  const take = (bank: BankOptions) => {
    const chips = chipsByLabel(native, o.directory ?? '/dev')
    const pathOf = (label: string) => {
      const path = chips.get(label)
      if (path === undefined)
        throw new Error(`there is no GPIO chip ${label}; there are: ${[...chips.keys()].join(', ') || 'none'}`)
      return path
    }
    for (const group of groups(bank.outputs, () => '')) {
      const pairs = group.lines.map(l => [l.offset, l.value] as const)
      const request = new native.LineRequest(pathOf(group.label), optionsOf({ outputs: pairs }))
      requests.push(request)
      for (const { line, offset } of group.lines) outputs.set(line, { request, offset })
    }
    for (const group of groups(bank.inputs, String)) {
      requests.push(takeInputs(bank, pathOf(group.label), group.lines))
    }
  }
  const takeInputs = (
    bank: BankOptions,
    path: string,
    lines: readonly { line: string; offset: number; value: number }[],
  ) => {
    const byOffset = new Map(lines.map(l => [l.offset, l.line]))
    const code = `board.lines:${path}`
    let request: LineRequest | undefined
    const tellLevels = () => {
      for (const [offset, closed] of Object.entries(request?.values() ?? {})) {
        const line = byOffset.get(Number(offset))
        if (line !== undefined) bank.edge(line, closed, clock.since())
      }
    }
    const inputs = { inputs: lines.map(l => l.offset), debounceMicroseconds: (lines[0]?.value ?? 0) * 1000 }
    request = withBias(bank, path, bias => {
      return new native.LineRequest(path, { ...optionsOf(inputs), bias }, (edges, lost, error) => {
        for (const { offset, closed, at } of edges) {
          const line = byOffset.get(offset)
          if (line !== undefined) bank.edge(line, closed, at)
        }
        if (error !== 0) bank.problem(code, `No edge comes any more from ${path} (error ${error}).`, 'raised')
        if (lost === 0) return
        // What the levels are now is known again; what moved in between is not, and is told.
        bank.problem(code, `${lost} edge(s) from ${path} were lost; the levels were read anew.`, 'raised')
        tellLevels()
      })
    })
    tellLevels()
    return request
  }

  return {
    debounces: true,
    open(bank) {
      problem = bank.problem
      this.close()
      take(bank)
    },
    set(line, on) {
      const found = outputs.get(line)
      if (found === undefined) return
      try {
        found.request.set(found.offset, on)
      } catch (error) {
        problem?.(`board.line:${line}`, `The output line ${line} cannot be set: ${String(error)}`, 'raised')
      }
    },
    close() {
      for (const request of requests.splice(0)) request.close()
      outputs.clear()
    },
  }
}

function withBias(bank: BankOptions, path: string, request: (bias: boolean) => LineRequest): LineRequest {
  try {
    return request(true)
  } catch (error) {
    if (!(error instanceof Error && 'errno' in error && NO_BIAS.has(Number(error.errno)))) throw error
    const text = `${path} has no pull-ups of its own: the inputs need resistors to the supply, or a cut is not seen.`
    bank.problem(`board.bias:${path}`, text, 'raised')
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

function chipsByLabel(native: Native, directory: string): ReadonlyMap<string, string> {
  const chips = new Map<string, string>()
  for (const name of readdirSync(directory)
    .filter(n => /^gpiochip\d+$/.test(n))
    .sort()) {
    const path = join(directory, name)
    chips.set(native.chip(path).label, path)
  }
  return chips
}
