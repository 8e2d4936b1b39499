// The road of every press: to the alarm first, then into what is noted of the button. Board, web and call alike.
import type { LetGo, PressId, PressReport } from '../../../kernel/board-port.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import type { Stored } from '../../../kernel/store.ts'
import { locations } from '../../places/locations/feature.ts'
import type { Alarms } from '../alarms/feature.ts'
import type {} from './facts.ts'
import type { Use } from './problems.ts'
import { type Button, buttonKind } from './settings.ts'
import { type TestWindow, testOf } from './test-windows.ts'
import { words } from './words.en.ts'

/** What presses need of the box. */
export interface Road {
  readonly ctx: Pick<Context, 'store' | 'use' | 'emit'>
  readonly floor: Alarms
  readonly uses: LiveCollection<Use>
  readonly windows: LiveCollection<TestWindow>
}

/** The same press may be reported again: the alarm knows. */
export function pressed(road: Road, { box, epoch, sequence, input, at, again }: PressReport): void {
  const button = road.ctx.store.all(buttonKind).find(one => one.inputs.includes(input))
  raise(road, { press: { box, epoch, sequence }, button, input, at, again })
}

/** Of a button that no board reports; `input` says by which way it came. Returns the alarm. */
export function pressedFar(road: Road, o: { button: string; press: PressId; at: number }): string {
  const button = road.ctx.store.get(buttonKind, o.button)
  const input = button?.device === undefined ? 'web' : 'call'
  // An alarm that knows this press was told of it before.
  const again = road.floor.alarmOf(o.press) !== undefined
  return raise(road, { press: o.press, button, input, at: o.at, again })
}

interface Hand {
  readonly press: PressId
  readonly button: Stored<Button> | undefined
  readonly input: string
  readonly at: number
  readonly again: boolean
}

/** The alarm first; what is noted comes after. */
function raise(road: Road, { press, button, input, at, again }: Hand): string {
  const { ctx, floor, uses } = road
  const before = button && uses.get(button.id)
  const test = button && before?.pressedAt !== at ? testOf(road, button, at) : before?.pressedIn
  const cause =
    button === undefined
      ? words['panic-buttons.unassigned'].replace('{input}', input)
      : words['panic-buttons.cause']
          .replace('{button}', button.name)
          .replace('{place}', ctx.use(locations).path(button.location))
  const whose = button === undefined ? {} : { button: button.id, plan: button.plan, location: button.location }
  const alarm = floor.press({ press, input, cause, at, ...whose })
  if (button !== undefined) {
    const { pressedIn: _, ...rest } = before ?? {}
    uses.set(button.id, { ...rest, pressedAt: at, lastAlarm: alarm, ...(test && { pressedIn: test }) })
  }
  if (!again) ctx.emit('button.pressed', { input, alarm, at, ...(button === undefined ? {} : { button: button.id }) })
  return alarm
}

/** A hand that went before its time: noted, and shown. */
export function letGo({ ctx, uses }: Road, { input, at, heldMilliseconds, neededMilliseconds }: LetGo): void {
  const button = ctx.store.all(buttonKind).find(one => one.inputs.includes(input))
  const fact = { input, at, heldMilliseconds, neededMilliseconds }
  if (button !== undefined) uses.set(button.id, { ...uses.get(button.id), letGo: { at, heldMilliseconds } })
  ctx.emit('button.let-go', { ...fact, ...(button === undefined ? {} : { button: button.id }) })
}
