// What is wrong with a button is said with its name and its place.
import test from 'ava'
import { FAKE_PROFILE } from '../../../testkit/fake-board.ts'
import { problemsOf, testDue, testProblems } from './problems.ts'

const DAY = 86_400_000
const button = { id: 'but_1', rev: 1, name: 'Gate', location: 'loc_1', plan: 'pln_1', inputs: ['in-1'], lamp: 'lamp-1' }
const board = { profile: FAKE_PROFILE, inputs: () => [] }
const about = { board, place: 'Yard' }
const codes = (fields: Partial<typeof button> = {}) =>
  problemsOf({ ...button, ...fields }, about).map(problem => problem.code.split(':')[0])

test('a button whose wires are whole has no problem', t => {
  t.deepEqual(codes(), [])
})

test('a test is due after the days that were set, and never when none were', t => {
  const due = (now: number, testEveryDays: number) => testDue({ use: { testedAt: 0 }, now, testEveryDays })
  t.is(due(59 * DAY, 60), undefined)
  t.is(due(60 * DAY, 60), 60)
  t.is(due(60 * DAY, 0), undefined)
  t.is(testDue({ use: undefined, now: 0, testEveryDays: 60 }), 'never')
})

test('few buttons that are due are named with their places, many are counted', t => {
  const due = { button, place: 'Yard', days: 'never' as const }
  t.regex(testProblems([due])[0]?.text ?? '', /Gate.*Yard.*never tested/)
  t.regex(testProblems([{ ...due, days: 70 }])[0]?.text ?? '', /70 days/)
  t.regex(testProblems([due, due, due, due])[0]?.text ?? '', /^4 panic buttons/)
})

test('terminals that the board does not have are named', t => {
  t.deepEqual(codes({ inputs: ['in-99'], lamp: 'lamp-99' }), ['panic-buttons.no-input', 'panic-buttons.no-lamp'])
})

test('a button that is stuck or chatters is named with its place, and with the time since when nobody can call', t => {
  const state = {
    input: 'in-1',
    state: 'pressed' as const,
    stuckSince: Date.UTC(2026, 0, 2, 3, 4),
    chattering: true as const,
  }
  const told = problemsOf(button, { ...about, board: { ...board, inputs: () => [state] } })
  t.deepEqual(
    told.map(problem => [problem.code, problem.severity]),
    [
      ['panic-buttons.stuck:but_1:in-1', 'danger'],
      ['panic-buttons.chattering:but_1:in-1', 'danger'],
    ],
  )
  t.regex(told[0]?.text ?? '', /Gate.*Yard.*since 2026-01-02 03:04 UTC/)
  t.regex(told[1]?.text ?? '', /Gate.*Yard.*chatters/)
})

test('a fault of the wiring is told in its words', t => {
  const faulty = { ...board, inputs: () => [{ input: 'in-1', state: 'fault' as const, fault: 'short' }] }
  const [problem] = problemsOf(button, { ...about, board: faulty })
  t.is(problem?.severity, 'danger')
  t.regex(problem?.text ?? '', /Gate.*Yard.*short/)
})
