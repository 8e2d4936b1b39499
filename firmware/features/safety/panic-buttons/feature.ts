// Panic buttons: from a contact of the board to an alarm, and back to the lamp beside the hand that pressed.
import { type Context, feature, type Problem } from '../../../kernel/feature.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import type { Thing } from '../../../kernel/things.ts'
import { messages } from '../../paging/messages/feature.ts'
import { registrar } from '../../phones/registrar/feature.ts'
import { locations } from '../../places/locations/feature.ts'
import { sites } from '../../places/sites/feature.ts'
import { alarms } from '../alarms/feature.ts'
import type {} from './facts.ts'
import { farButtons } from './far-buttons.ts'
import { showLamps } from './lamps.ts'
import { letGo, pressed } from './presses.ts'
import { failedProblem, problemsOf, testDue, testProblems, type Use } from './problems.ts'
import { migrations, testLog } from './records.ts'
import { routesOf } from './routes.ts'
import { ButtonSettings, buttonKind } from './settings.ts'
import { testRoutes } from './test-routes.ts'
import type { TestWindow } from './test-windows.ts'
import { words } from './words.en.ts'

export { type Button, buttonKind } from './settings.ts'

export const panicButtons = feature<ButtonSettings, undefined>({
  name: 'panic-buttons',
  about: 'Buttons that call for help: where they are, what they start, whether their wires are whole.',
  essential: true,
  needs: [sites, locations, registrar, messages, alarms],
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
    const windows = ctx.live.collection<TestWindow>('window', { keep: 'power' })
    const road = { ctx, floor, uses, windows }
    const far = farButtons(ctx as unknown as Context<never>, road)
    ctx.board.on(event => {
      if (event.type === 'pressed') pressed(road, event.press)
      if (event.type === 'let-go') letGo(road, event)
    })
    for (const name of ['alarm.raised', 'alarm.joined', 'alarm.acknowledged'] as const) ctx.on(name, lamps)
    // Alarms that a former process left have lamps too.
    for (const alarm of floor.all()) lamps({ alarm: alarm.id })
    return {
      routes: [
        ...routesOf(ctx as Context<never>, { uses, windows, alarms: floor }),
        ...testRoutes({ ctx, uses, windows, alarms: floor, log: testLog(ctx.records) }),
      ],
      touches: {
        'button.pressed': placeOf,
        'button.let-go': placeOf,
        'button.test-announced': placeOf,
        'button.tested': placeOf,
      },
      hooks: far.hooks,
      phases: { route: far.route },
      destinations: far.destinations,
      apply: wire,
      problems: () => [...allProblems(ctx, uses), ...far.problems()],
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
  const own = placed.flatMap(({ button, place }) => [
    ...problemsOf(button, { board, place }),
    ...failedProblem(button, { place, use: uses.get(button.id) }),
  ])
  return [...own, ...testProblems(due)]
}
