// Every bench in its short form, on whatever machine this is: ten times the goal, so that only a catastrophe fails.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { type Figures, goals, quantile, table } from './figures.ts'

const SLACK = 10
/** On a crowded machine a box that falls behind refuses new calls rather than be late for everybody. A press is never refused. */
const REFUSED = 0.01
const PATIENCE = 240_000
/** A crowded machine is late at times; a box that is too slow is so each time. */
const RUNS = 3
/** A press that is lost or doubled once is lost or doubled. */
const NEVER: ReadonlySet<string> = new Set(['lost', 'doubled'])
/** Of these nothing is tolerated, on no machine. */
const NONE: ReadonlySet<string> = new Set([...NEVER, 'stuck'])
/** What a run of seconds cannot tell: it does not say them. */
const SLOW: ReadonlySet<string> = new Set(['growth_percent'])

async function quick(name: string): Promise<Figures> {
  const program = join(import.meta.dirname, 'bench.ts')
  const { stdout } = await promisify(execFile)(process.execPath, [program, name, '--quick'], { timeout: PATIENCE })
  const last = stdout.trim().split('\n').at(-1) ?? ''
  const told = JSON.parse(last) as { bench: string; figures: Figures }
  if (told.bench !== name) throw new Error(`the last line of "${name}" is not its own: ${last}`)
  return told.figures
}

for (const [name, wanted] of Object.entries(goals)) {
  test.serial(`the quick bench "${name}" is within ten times its goals`, async t => {
    t.timeout(RUNS * PATIENCE + 10_000)
    for (let run = 1; ; run++) {
      const figures = await quick(name).catch((error: Error & { stderr?: string }) => {
        if (run === RUNS) throw error
        t.log(`run ${run} did not come to its end: ${error.stderr ?? error.message}`)
      })
      if (figures === undefined) continue
      const missed = missedBy(figures, wanted)
      if (missed.length === 0) return t.pass()
      const said = `run ${run} missed ${missed.join(', ')}\n${table(name, figures)}`
      if (run === RUNS || missed.some(figure => NEVER.has(figure))) return t.fail(said)
      t.log(said)
    }
  })
}

/** Figures that are worse than ten times their goals, or missing. */
function missedBy(figures: Figures, wanted: Figures): string[] {
  return Object.entries(wanted).flatMap(([figure, most]) => {
    // Where the generator was late by itself, the tail is the machine's.
    if (figure === 'latency_p99_us' && (figures.generator_late ?? 0) > 0) return []
    if (SLOW.has(figure)) return []
    const refused = NONE.has(figure) ? 0 : REFUSED * (figures.succeeded ?? figures.packets ?? 0)
    const tolerated = most === 0 ? refused : most * SLACK
    return (figures[figure] ?? Number.NaN) <= tolerated ? [] : [figure]
  })
}

test('a figure that is missing, or worse than ten times its goal, is missed', t => {
  t.deepEqual(missedBy({ a: 20, b: 21 }, { a: 2, b: 2, c: 1 }), ['b', 'c'])
  t.deepEqual(missedBy({ lost: 1 }, { lost: 0 }), ['lost'])
  t.deepEqual(missedBy({ failed: 1, succeeded: 100 }, { failed: 0 }), [])
  t.deepEqual(missedBy({ stuck: 1, succeeded: 100 }, { stuck: 0 }), ['stuck'])
})

test('a quantile is a value of the list, and of an empty one it is none', t => {
  const values = [5, 1, 4, 2, 3]
  t.deepEqual([quantile(values, 0), quantile(values, 0.5), quantile(values, 0.99)], [1, 3, 5])
  t.true(Number.isNaN(quantile([], 0.5)))
})

test('the table says which goals are missed', t => {
  const lines = table('register', { cpu_ms_per_1000: 1000, failed: 0 }).split('\n')
  t.regex(lines[0] ?? '', /1000 +≤ 120 +MISSED/)
  t.regex(lines[1] ?? '', /≤ 0 +good/)
})
