// What is wrong with buttons: wires, terminals that are not there, tests that are due.
import type { BoardPort } from '../../../kernel/board-port.ts'
import type { Problem } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { Button } from './settings.ts'
import type { TestKind } from './test-windows.ts'
import { words } from './words.en.ts'

const DAY = 86_400_000

/** What is known of a button's use; UTC milliseconds. */
export interface Use {
  readonly pressedAt?: number
  /** The alarm that it raised or joined, live or over. */
  readonly lastAlarm?: string
  /** That press was announced as a test, or within a drill; else it was real. */
  readonly pressedIn?: TestKind
  /** When a test was tried last, whatever came of it. */
  readonly triedAt?: number
  /** It did not work when it was tried last. */
  readonly failedAt?: number
  readonly testedAt?: number
  /** Of one that reports itself: when it did. */
  readonly heardAt?: number
  /** The last hand that went before its time. */
  readonly letGo?: { readonly at: number; readonly heldMilliseconds: number }
}

/** A moment as it is read on every site alike. */
const utc = (at: number) => `${new Date(at).toISOString().slice(0, 16).replace('T', ' ')} UTC`

/** Everything wrong with one button, each with its place. */
export function problemsOf(
  button: Stored<Button>,
  o: { board: Pick<BoardPort, 'profile' | 'inputs'>; place: string },
): Problem[] {
  const filled = (key: keyof typeof words, more: Record<string, string> = {}) =>
    Object.entries({ button: button.name, place: o.place || '?', ...more }).reduce<string>(
      (text, [name, value]) => text.replace(`{${name}}`, value),
      words[key],
    )
  const link = `/button/${button.id}`
  const problems: Problem[] = []
  const { profile } = o.board
  for (const input of button.inputs) {
    const state = o.board.inputs().find(one => one.input === input)
    const code = `${button.id}:${input}`
    if (profile !== undefined && !profile.inputs.some(one => one.id === input)) {
      const text = filled('panic-buttons.no-input', { input })
      problems.push({
        code: `panic-buttons.no-input:${code}`,
        severity: 'danger',
        text,
        remedy: words['panic-buttons.no-input.remedy'],
        link,
      })
    }
    if (state?.state === 'fault') {
      const text = filled('panic-buttons.fault', { fault: state.fault ?? 'fault', input })
      const remedy = words['panic-buttons.fault.remedy'].replace('{input}', input)
      const covers = [`board.input-fault:${input}`]
      problems.push({ code: `panic-buttons.fault:${code}`, severity: 'danger', text, remedy, covers, link })
    }
    if (state?.stuckSince !== undefined) {
      const since = utc(state.stuckSince)
      const text = filled('panic-buttons.stuck', { since, input })
      const remedy = words['panic-buttons.stuck.remedy']
      problems.push({ code: `panic-buttons.stuck:${code}`, severity: 'danger', text, remedy, link })
    }
    if (state?.chattering === true) {
      const text = filled('panic-buttons.chattering', { input })
      const remedy = words['panic-buttons.chattering.remedy'].replace('{input}', input)
      problems.push({ code: `panic-buttons.chattering:${code}`, severity: 'danger', text, remedy, link })
    }
  }
  if (profile !== undefined && button.lamp !== undefined && !profile.outputs.some(one => one.id === button.lamp)) {
    const text = filled('panic-buttons.no-lamp', { lamp: button.lamp })
    problems.push({
      code: `panic-buttons.no-lamp:${button.id}`,
      severity: 'warning',
      text,
      remedy: words['panic-buttons.no-lamp.remedy'],
      link,
    })
  }
  return problems
}

/** So many buttons whose test is due are named one by one; more are counted. */
const NAMED_AT_MOST = 3

/** Buttons whose test is due. */
export function testProblems(
  due: readonly { readonly button: Stored<Button>; readonly place: string; readonly days: number | 'never' }[],
): Problem[] {
  const remedy = words['panic-buttons.test-due.remedy']
  if (due.length > NAMED_AT_MOST) {
    const text = words['panic-buttons.tests-due'].replace('{count}', String(due.length))
    return [{ code: 'panic-buttons.test-due', severity: 'info', text, remedy, link: '/button' }]
  }
  return due.map(({ button, place, days }) => {
    const wording = words[days === 'never' ? 'panic-buttons.never-tested' : 'panic-buttons.test-due']
    const text = wording.replace('{button}', button.name).replace('{place}', place).replace('{days}', String(days))
    return { code: `panic-buttons.test-due:${button.id}`, severity: 'info', text, remedy, link: `/button/${button.id}` }
  })
}

/** A button that failed its test, until one is passed. */
export function failedProblem(button: Stored<Button>, o: { place: string; use: Use | undefined }): Problem[] {
  if (o.use?.failedAt === undefined) return []
  const text = words['panic-buttons.failed'].replace('{button}', button.name).replace('{place}', o.place || '?')
  const remedy = words['panic-buttons.failed.remedy']
  const since = o.use.failedAt
  return [
    { code: `panic-buttons.failed:${button.id}`, severity: 'danger', text, remedy, since, link: '/panic-buttons' },
  ]
}

/** Days since the last test when one is due. */
export function testDue(o: { use: Use | undefined; now: number; testEveryDays: number }): number | 'never' | undefined {
  if (o.testEveryDays === 0) return undefined
  if (o.use?.testedAt === undefined) return 'never'
  const days = Math.floor((o.now - o.use.testedAt) / DAY)
  return days >= o.testEveryDays ? days : undefined
}
