// What boxes of tests printed, kept while tests run: a failure that nobody can repeat is understood from its log alone.
import { appendFileSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** Names the directory in tests that the runner started; without it nothing is kept. */
export const BLACK_BOX_VARIABLE = 'PLANT_TEST_LOGS'

/** Returns where a box's output is to be put; each box has a file of its own. */
export function openBlackBox(name: string): (chunk: string) => void {
  const directory = process.env[BLACK_BOX_VARIABLE]
  if (directory === undefined) return () => {}
  const file = join(directory, `${name}.log`)
  return chunk => appendFileSync(file, chunk)
}

/** The last lines of every box that said something since then (milliseconds of the wall clock). */
export function readBlackBoxes(directory: string, since: number): string[] {
  const lines: string[] = []
  for (const name of readdirSync(directory).sort()) {
    const file = join(directory, name)
    if (statSync(file).mtimeMs < since) continue
    const said = readFileSync(file, 'utf8').trimEnd().split('\n').slice(-TAIL)
    lines.push(`--- ${name}: its last ${said.length} lines`, ...said.map(line => line.slice(0, WIDTH)))
  }
  return lines
}

const TAIL = 150
const WIDTH = 500
