// Panic buttons: from a contact of the board to an alarm, and back to the lamp beside the hand that pressed.
import type { LetGo, PressReport } from '../../../kernel/board-port.ts'
import { type Context, feature, type Problem } from '../../../kernel/feature.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import type { Thing } from '../../../kernel/things.ts'
import { locations } from '../../places/locations/feature.ts'
import { type Alarms, alarms } from '../alarms/feature.ts'
import type {} from './facts.ts'
import { showLamps } from './lamps.ts'
import { problemsOf, testDue, testProblems, type Use } from './problems.ts'
import { migrations, testLog } from './records.ts'
import { routesOf } from './routes.ts'
import { ButtonSettings, buttonKind } from './settings.ts'
import { words } from './words.en.ts'

export { type Button, buttonKind } from './settings.ts'

export const panicButtons = feature<ButtonSettings, undefined>({
  name: 'panic-buttons',
  about: 'Buttons that call for help: where they are, what they start, whether their wires are whole.',
  essential: true,
  needs: [locations, alarms],
  settings: ButtonSettings,
  resources: [buttonKind],
  records: migrations,
  permissions: {
    'panic-buttons.view': 'See panic buttons',
    'panic-buttons.test': 'Mark tests of panic buttons',
    'panic-buttons.manage': 'Change panic buttons',
  },
  words: { en: words },
  start(ctx) {
    const uses = ctx.live.collection<Use>('use', { keep: 'power' })
    const floor = ctx.use(alarms)
    const all = () => ctx.store.all(buttonKind)
    const wire = () =>
      floor.wire(
        all().flatMap(({ plan, inputs, lamp, holdSeconds = 0 }) =>
          inputs.map(input => ({
            input,
            plan,
            ...(lamp === undefined ? {} : { lamp }),
            ...(holdSeconds > 0 && { holdMilliseconds: Math.round(holdSeconds * 1000) }),
          })),
        ),
      )
    const lampOf = (button: string) => ctx.store.get(buttonKind, button)?.lamp
    const lamps = ({ alarm }: { readonly alarm: string }) => {
      const found = floor.get(alarm)
      if (found !== undefined) showLamps(ctx.board, found, { lampOf, priority: floor.outputPriority(alarm) })
    }
    wire()
    ctx.board.on(event => {
      if (event.type === 'pressed') pressed(ctx, event.press, { floor, uses })
      if (event.type === 'let-go') letGo(ctx, event, uses)
    })
    for (const name of ['alarm.raised', 'alarm.joined', 'alarm.acknowledged'] as const) ctx.on(name, lamps)
    // Alarms that a former process left have lamps too.
    for (const alarm of floor.all()) lamps({ alarm: alarm.id })
    return {
      routes: routesOf(ctx as Context<never>, { uses, alarms: floor, log: testLog(ctx.records) }),
      touches: { 'button.pressed': placeOf, 'button.let-go': placeOf, 'button.tested': placeOf },
      apply: wire,
      problems: () => allProblems(ctx, uses),
    }
  },
})
export default panicButtons

const placeOf = ({ button }: { readonly button?: string }): readonly Thing[] =>
  button === undefined ? [] : [{ kind: 'button', id: button }]

function allProblems(ctx: Context<ButtonSettings>, uses: LiveCollection<Use>): Problem[] {
  const { board, settings, clock } = ctx
  const placed = ctx.store.all(buttonKind).map(button => ({ button, place: ctx.use(locations).path(button.location) }))
  const due = placed.flatMap(one => {
    const days = testDue({ use: uses.get(one.button.id), now: clock.now(), testEveryDays: settings.testEveryDays })
    return days === undefined ? [] : [{ ...one, days }]
  })
  return [...placed.flatMap(({ button, place }) => problemsOf(button, { board, place })), ...testProblems(due)]
}

function letGo(ctx: Context<ButtonSettings>, hand: LetGo, uses: LiveCollection<Use>): void {
  const { input, at, heldMilliseconds, neededMilliseconds } = hand
  const button = ctx.store.all(buttonKind).find(one => one.inputs.includes(input))
  const fact = { input, at, heldMilliseconds, neededMilliseconds }
  if (button !== undefined) uses.set(button.id, { ...uses.get(button.id), letGo: { at, heldMilliseconds } })
  ctx.emit('button.let-go', { ...fact, ...(button === undefined ? {} : { button: button.id }) })
}

/** The alarm first; what is noted comes after. The same press may be reported again: the alarm knows. */
function pressed(
  ctx: Context<ButtonSettings>,
  report: PressReport,
  o: { floor: Alarms; uses: LiveCollection<Use> },
): void {
  const { box, epoch, sequence, input, at, again } = report
  const button = ctx.store.all(buttonKind).find(one => one.inputs.includes(input))
  const cause =
    button === undefined
      ? words['panic-buttons.unassigned'].replace('{input}', input)
      : words['panic-buttons.cause']
          .replace('{button}', button.name)
          .replace('{place}', ctx.use(locations).path(button.location))
  const whose = button === undefined ? {} : { button: button.id, plan: button.plan, location: button.location }
  const alarm = o.floor.press({ press: { box, epoch, sequence }, input, cause, at, ...whose })
  if (button !== undefined) o.uses.set(button.id, { ...o.uses.get(button.id), pressedAt: at })
  if (!again) ctx.emit('button.pressed', { input, alarm, at, ...(button === undefined ? {} : { button: button.id }) })
}
