// Runs every ring of tests that CI runs, shows progress, and closes with the totals: `N passed, N failed`.
import { spawn } from 'node:child_process'
import { globSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { type Duration, type Failure, type Ring, type RingResult, runRing } from './ring.ts'
import { toAskAgain } from './second-asking.ts'

interface Totals {
  passed: number
  failed: number
  skipped: string[]
  /** Failed once, and passed when asked again alone. */
  unsteady: string[]
  slowest: { title: string; seconds: number }[]
}

const RINGS: readonly Ring[] = [
  {
    name: 'pure and scenario',
    globs: ['firmware/**/*.test.ts', 'board/**/*.test.ts', 'systemd/**/*.test.ts', 'image-build/**/*.test.ts'],
    concurrency: 2,
  },
  {
    name: 'real PJSIP on loopback',
    globs: ['native/pjsip-binding/**/*.test.ts'],
    concurrency: 3,
    apart: true,
    asksAgain: true,
  },
  {
    name: 'real phones, real processes',
    globs: ['hw-tests/**/*.test.ts'],
    concurrency: 2,
    apart: true,
    asksAgain: true,
  },
]
/** Only when asked for, as `npm test -- slow`: needs what hw-tests/RIGS.md says, and many minutes. */
const SLOW: Ring = { name: 'slow', globs: ['hw-tests/**/*.slow.ts'], concurrency: 1 }
const CHECKS: readonly (readonly [name: string, command: readonly string[]])[] = [
  ['types of firmware, board and tests', ['node_modules/typescript/bin/tsc', '-p', '.']],
  ['types of the web UI', ['node_modules/typescript/bin/tsc', '-p', 'web-ui']],
  ['lint and format', ['node_modules/@biomejs/biome/bin/biome', 'check', '--error-on-warnings', '.']],
]

const TOOLS = '.tools'
const wanted = process.argv.slice(2)
const totals: Totals = { passed: 0, failed: 0, skipped: [], unsteady: [], slowest: [] }
const failures: Failure[] = []
const durations: Duration[] = []
const startedAt = performance.now()
mkdirSync(TOOLS, { recursive: true })
// Its own, so that two runs in one tree do not take it from each other; what is left of a run that was killed, is for .ci/run.
const blackBoxes = mkdtempSync(join(process.cwd(), TOOLS, 'test-logs-'))
// A run that is ended from outside must not leave the totals of the one before it.
for (const name of ['test-totals.json', 'test-failures.log']) rmSync(join(TOOLS, name), { force: true })

for (const [name, command] of wanted.length === 0 ? CHECKS : []) {
  const { code, output } = await run(command)
  console.log(`${code === 0 ? 'ok' : 'NOT OK'} ${name}`)
  if (code === 0) totals.passed++
  else fail({ title: name, details: output.slice(0, 8000).split('\n') })
  if (code !== 0) console.log(output.slice(0, 8000))
}
for (const ring of chosen()) {
  console.log(`\n— ${ring.name}`)
  const result = await runRing(ring, { say: line => console.log(line), blackBoxes })
  totals.passed += result.passed
  totals.skipped.push(...result.skipped)
  durations.push(...result.durations)
  const steadied = await askedAgain(ring, result)
  totals.passed += steadied.size
  totals.unsteady.push(...steadied)
  for (const failure of result.failures) if (!steadied.has(failure.title)) fail(failure)
}

const summary = `${totals.passed} passed, ${totals.failed} failed${totals.skipped.length > 0 ? `, ${totals.skipped.length} skipped` : ''}`
totals.slowest = slowest(durations)
rmSync(blackBoxes, { recursive: true })
writeFileSync(join(TOOLS, 'test-totals.json'), JSON.stringify({ ...totals, allowed: allowedSkips() }, null, 2))
for (const title of totals.skipped) console.log(`skipped: ${title}`)
for (const title of totals.unsteady) console.log(`UNSTEADY, to be mended: ${title}`)
console.log('\nslowest, with what led up to them:')
for (const { title, seconds } of totals.slowest) console.log(`${seconds.toFixed(1).padStart(7)} s  ${title}`)
console.log(`\n${Math.round((performance.now() - startedAt) / 1000)} s`)
console.log(summary)
process.exitCode = totals.failed > 0 || totals.passed === 0 ? 1 : 0

function chosen(): readonly Ring[] {
  if (wanted.length === 0) return RINGS
  return wanted.join() === 'slow' ? [SLOW] : [{ name: 'chosen', globs: wanted, concurrency: 1 }]
}

/** What failed in this ring and passed when its whole file ran once more; what the first run said stands in the log. */
async function askedAgain(ring: Ring, first: RingResult): Promise<Set<string>> {
  const steadied = new Set<string>()
  if (ring.asksAgain !== true) return steadied
  const failed = first.failures.map(({ title }) => title)
  for (const { file, titles } of toAskAgain(failed, globSync([...ring.globs]))) {
    console.log(`\n— once more, alone: ${file}`)
    const second = await runRing({ ...ring, globs: [file] }, { say: line => console.log(line), blackBoxes })
    if (second.failures.length === 0) for (const title of titles) steadied.add(title)
  }
  return steadied
}

/** Kept in a file as well, so that what failed can be read again at the end of a long log. */
function fail(failure: Failure): void {
  totals.failed++
  failures.push(failure)
  const text = failures.map(({ title, details }) => `NOT OK ${title}\n${details.map(line => `    ${line}\n`).join('')}`)
  writeFileSync(join(TOOLS, 'test-failures.log'), text.join('\n'))
}

function slowest(all: readonly Duration[]): { title: string; seconds: number }[] {
  return [...all]
    .sort((a, b) => b.milliseconds - a.milliseconds)
    .slice(0, 10)
    .map(({ title, milliseconds }) => ({ title, seconds: milliseconds / 1000 }))
}

function run(command: readonly string[]): Promise<{ code: number; output: string }> {
  return new Promise(resolve => {
    const child = spawn(process.execPath, command, { stdio: ['ignore', 'pipe', 'pipe'] })
    let output = ''
    child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.stderr.on('data', (chunk: Buffer) => (output += chunk.toString()))
    child.on('close', code => resolve({ code: code ?? 1, output }))
  })
}

/** Titles (or beginnings of them) that hw-tests/RIGS.md lists as not to be had on a Debian machine: lines `- skip: TITLE`. */
function allowedSkips(): string[] {
  return [...readFileSync('hw-tests/RIGS.md', 'utf8').matchAll(/^- skip: `(.+)`$/gm)].map(found => found[1] ?? '')
}
