// Verbs of tests: whose turn it is, announcing one, saying what came of it, and the log that an inspector asks for.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Route } from '../../../kernel/feature.ts'
import { HistoryInput } from '../../../kernel/history-input.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import type { Stored, Who } from '../../../kernel/store.ts'
import { locations } from '../../places/locations/feature.ts'
import { sites } from '../../places/sites/feature.ts'
import type { Alarms } from '../alarms/feature.ts'
import type { Use } from './problems.ts'
import type { TestLog } from './records.ts'
import { AnnounceInput, type Button, type ButtonSettings, buttonKind, TestedInput, userKind } from './settings.ts'
import type { TestWindow } from './test-windows.ts'
import { turnsOf } from './turns.ts'

/** What tests are about. */
export interface Tests {
  readonly ctx: Pick<Context<ButtonSettings>, 'store' | 'clock' | 'settings' | 'use' | 'emit'>
  readonly uses: LiveCollection<Use>
  readonly windows: LiveCollection<TestWindow>
  readonly alarms: Alarms
  readonly log: TestLog
}

const MINUTE = 60_000

/** The routes of tests. */
export const testRoutes = (tests: Tests): Route<never, unknown>[] =>
  [turnsRoute(tests), announceRoute(tests), testedRoute(tests), logRoute(tests)] as Route<never, unknown>[]

const turnsRoute = ({ ctx, uses, windows }: Tests): Route<Record<string, never>, unknown> => ({
  method: 'GET',
  path: 'panic-buttons/turns',
  about: 'Which button of each site is tested next: the one that was not tested for the longest time.',
  permission: 'panic-buttons.view',
  rows: { in: 'turns', on: ({ button: id }: { readonly button: string }) => [{ kind: 'button', id }] },
  run() {
    const places = ctx.use(locations)
    const placed = ctx.store.all(buttonKind).map(button => ({ button, site: places.get(button.location)?.site ?? '' }))
    const { testEveryDays } = ctx.settings
    return {
      turns: turnsOf(placed, { useOf: id => uses.get(id), testEveryDays }).map(({ site, button, dueAt }) => ({
        site: ctx.use(sites).of(site)?.name ?? '',
        button: button.id,
        name: button.name,
        place: places.path(button.location),
        owner: button.owner === undefined ? undefined : ctx.store.get(userKind, button.owner)?.name,
        dueAt,
        testedAt: uses.get(button.id)?.testedAt,
        window: openWindow(windows.get(button.id), ctx.clock.now()),
      })),
    }
  },
})

/** The window as long as it is open. */
export const openWindow = (window: TestWindow | undefined, now: number): TestWindow | undefined =>
  window !== undefined && now <= window.until ? window : undefined

const announceRoute = ({ ctx, windows }: Tests): Route<AnnounceInput, TestWindow> => ({
  method: 'POST',
  path: 'panic-buttons/announce',
  about:
    'Announces the test of one button: for so many minutes its press counts as a test. Its alarm is as real as ever.',
  permission: 'panic-buttons.test',
  input: AnnounceInput,
  async run({ button, minutes }, who) {
    theButton(ctx, button)
    const from = ctx.clock.now()
    const window = { by: who.name, from, until: from + minutes * MINUTE }
    await windows.setNow(button, window)
    ctx.emit('button.test-announced', { button, by: who.name, at: from, until: window.until })
    return window
  },
})

const testedRoute = (tests: Tests): Route<TestedInput, Use> => ({
  method: 'POST',
  path: 'panic-buttons/tested',
  about: 'Says what came of the test of a button: of its last press, if that was announced or within a drill.',
  permission: 'panic-buttons.test',
  input: TestedInput,
  async run(input, who) {
    const { ctx, uses, windows } = tests
    const found = theButton(ctx, input.button)
    const use = uses.get(input.button)
    const at = input.failed ? failedAt(tests, input.button) : passedAt(use)
    const { failedAt: _, ...rest } = use ?? {}
    const now: Use = input.failed ? { ...rest, triedAt: at, failedAt: at } : { ...rest, triedAt: at, testedAt: at }
    await uses.setNow(input.button, now)
    windows.delete(input.button)
    note(tests, found, { input, who, at, use })
    ctx.emit('button.tested', { button: input.button, by: who.name, at })
    return now
  },
})

/** When the press was that may be marked. A press that was no test is a real alarm, whoever says otherwise afterwards. */
function passedAt(use: Use | undefined): number {
  if (use?.pressedAt === undefined)
    throw new PbxError('panic-buttons.not-pressed', 'it was never pressed: announce a test, press it, then mark it', {
      status: 409,
    })
  if (use.pressedIn === undefined)
    throw new PbxError(
      'panic-buttons.real-press',
      'its last press was no test but a real alarm: announce a test, press it, then mark it',
      { status: 409 },
    )
  return use.pressedAt
}

/** A button that did nothing was not pressed for the box: that it was announced must do. */
function failedAt({ windows, uses }: Tests, button: string): number {
  const window = windows.get(button)
  const pressed = uses.get(button)
  const at = pressed?.pressedIn === undefined ? window?.from : pressed.pressedAt
  if (at === undefined)
    throw new PbxError('panic-buttons.not-announced', 'no test of it was announced: announce it, then press it', {
      status: 409,
    })
  return at
}

interface Marked {
  readonly input: TestedInput
  readonly who: Who
  readonly at: number
  readonly use: Use | undefined
}

function note({ ctx, log, alarms }: Tests, button: Stored<Button>, { input, who, at, use }: Marked): void {
  const alarm = use?.lastAlarm === undefined || input.failed ? undefined : alarms.get(use.lastAlarm)
  const first = alarm?.steps.filter(step => step.part === 'first') ?? []
  const done = first.filter(step => step.state === 'done' || step.state === 'stopped').length
  log.tested({
    button: button.id,
    name: button.name,
    place: ctx.use(locations).path(button.location).slice(0, 200),
    pressed_at: at,
    marked_at: ctx.clock.now(),
    marked_by: who.name.slice(0, 120),
    outcome: input.failed ? 'failed' : 'worked',
    how: use?.pressedIn ?? 'window',
    steps: alarm === undefined ? '' : `${done}/${first.length}`,
    note: (input.note ?? '').slice(0, 300),
  })
}

const logRoute = ({ log }: Tests): Route<HistoryInput, unknown> => ({
  method: 'GET',
  path: 'panic-buttons/tests',
  about: 'Tests of the past, newest first.',
  permission: 'panic-buttons.view',
  input: HistoryInput,
  rows: { in: 'tests', on: ({ button: id }: { readonly button: string }) => [{ kind: 'button', id }] },
  async run(asked) {
    const { rows, ...more } = await log.past(asked)
    return { tests: rows, ...more }
  },
})

function theButton(ctx: Pick<Context, 'store'>, id: string): Stored<Button> {
  const found = ctx.store.get(buttonKind, id)
  if (found === undefined) throw new PbxError('panic-buttons.not-found', 'there is no such button', { status: 404 })
  return found
}
