// What other features can ask of alarms.
import type { PressId } from '../../../kernel/board-port.ts'
import type { Who } from '../../../kernel/store.ts'
import type { Thing } from '../../../kernel/things.ts'
import type { Alarm } from './alarm.ts'
import { unassignedPlan } from './freeze.ts'
import type { Incidents } from './incidents.ts'
import { placesOf } from './places.ts'
import type { PlanBook } from './plan-book.ts'
import type { Wire } from './reflex-table.ts'

/** An operation of a button. */
export interface Press {
  readonly press: PressId
  readonly input: string
  /** Without one, or when it is gone, the alarm has no steps but is shown. */
  readonly plan?: string
  readonly button?: string
  readonly cause: string
  readonly location?: string
  readonly at: number
}

/** What buttons, drills and screens ask. Nothing here waits. */
export interface Alarms {
  /** Raises an alarm or joins a live one; returns its id. */
  press(press: Press): string
  /** The alarm that this press raised or joined, however long ago. */
  alarmOf(press: PressId): string | undefined
  /** By a person or a code. Throws `alarms.no-such-plan`. */
  raise(o: { plan: string; who: Who; cause: string; location?: string; drill?: true }): string
  acknowledge(alarm: string, who: Who): void
  clear(alarm: string, who: Who): void
  all(): readonly Alarm[]
  get(alarm: string): Alarm | undefined
  /** Wherever somebody pressed, for rights that hold in one place only. */
  places(alarm: string): readonly Thing[]
  /** Which inputs start which plan: becomes the reflexes of the board. */
  wire(wires: readonly Wire[]): void
  /** How strong the hand of this alarm is on an output. */
  outputPriority(alarm: string): number
}

const BOX: Who = { by: 'box', name: 'plant-pbx' }

/** The part that alarms offer. */
export function apiOf(incidents: Incidents, book: PlanBook, priorityOf: (alarm: string) => number | undefined): Alarms {
  return {
    press({ input, plan, ...press }) {
      const found = (plan === undefined ? undefined : book.frozen(plan)) ?? unassignedPlan(input)
      const { cause, location } = press
      return incidents.press({ plan: found, who: BOX, cause, press, ...(location === undefined ? {} : { location }) })
    },
    alarmOf: press => incidents.alarmOf(press),
    raise: ({ plan, ...rest }) => incidents.raise({ ...rest, plan: book.known(plan) }),
    acknowledge: (alarm, who) => incidents.acknowledge(alarm, who),
    clear: (alarm, who) => incidents.clear(alarm, who),
    all: () => incidents.all(),
    get: alarm => incidents.get(alarm),
    places: alarm => placesOf(incidents.get(alarm)),
    wire: wires => book.wire(wires),
    outputPriority: alarm => priorityOf(alarm) ?? 0,
  }
}
