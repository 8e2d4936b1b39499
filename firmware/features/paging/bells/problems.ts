// What is wrong with bells: left out, not ready, never due, or a clock that nobody believes.
import type { Problem } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { LeftOut } from './ringing.ts'
import type { Bell } from './settings.ts'
import { words } from './words.en.ts'

/** What is known of a bell when problems are asked for. That a zone is empty is told by zones. */
export interface Standing {
  readonly bell: Stored<Bell>
  /** What it says and is not ready, in words. */
  readonly missing: readonly string[]
  /** Within the time that is looked ahead. */
  readonly rings: boolean
}

/** Bells that were left out: so many are named one by one, more are counted. */
const NAMED_AT_MOST = 3

const link = '/bells'

/** Each with what to do. */
export function problemsOf(o: {
  bells: readonly Standing[]
  leftOut: ReadonlyMap<string, LeftOut>
  trusted: boolean
  timeOf(at: number, bell: string): string
}): readonly Problem[] {
  const believed: Problem[] =
    o.trusted || o.bells.length === 0 ? [] : [problem('bells.not-believed', '', { severity: 'serious' })]
  return [...believed, ...missed(o), ...o.bells.flatMap(problemOf)]
}

function problemOf({ bell, missing, rings }: Standing): readonly Problem[] {
  const filled = { bell: bell.name, missing: missing.join(', ') }
  if (missing.length > 0) return [problem('bells.not-ready', bell.id, { severity: 'warning', ...filled })]
  return rings ? [] : [problem('bells.never', bell.id, { severity: 'info', ...filled })]
}

function missed(o: { leftOut: ReadonlyMap<string, LeftOut>; timeOf(at: number, bell: string): string }): Problem[] {
  const all = [...o.leftOut].sort(([, a], [, b]) => b.due - a.due)
  const told = ([id, { name, due, why, count }]: readonly [string, LeftOut]) => ({
    severity: 'warning' as const,
    bell: name,
    time: o.timeOf(due, id),
    why: words[`bells.why.${why}`],
    count: String(count),
  })
  const [latest] = all
  if (latest && all.length > NAMED_AT_MOST)
    return [problem('bells.missed-many', '', { ...told(latest), count: String(all.length) })]
  return all.map(one => problem(one[1].count > 1 ? 'bells.missed-often' : 'bells.missed', one[0], told(one)))
}

type Wording = 'not-believed' | 'not-ready' | 'never' | 'missed' | 'missed-often' | 'missed-many'

function problem(
  key: `bells.${Wording}`,
  id: string,
  { severity, ...filled }: { severity: Problem['severity'] } & Readonly<Record<string, string>>,
): Problem {
  const text = Object.entries(filled).reduce<string>(
    (line, [name, value]) => line.replace(`{${name}}`, value),
    words[key],
  )
  const code = key.startsWith('bells.missed') ? 'bells.missed' : key
  const remedy = words[code === 'bells.missed' ? 'bells.missed.remedy' : (`${key}.remedy` as keyof typeof words)]
  return { code: id === '' ? code : `${code}:${id}`, severity, text, remedy, link }
}
