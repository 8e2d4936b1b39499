// The maps of the plant: which places, buttons and zones there are, what an alarm did to them, and which map shows that best.
import type { StoreView } from '../../../kernel/store.ts'
import { type Endpoint, zoneKind } from '../../paging/zones/feature.ts'
import { deviceKind } from '../../phones/devices/feature.ts'
import type { Alarm } from '../../safety/alarms/feature.ts'
import { buttonKind } from '../../safety/panic-buttons/feature.ts'
import { locationKind } from '../locations/feature.ts'
import { siteKind } from '../sites/feature.ts'
import type { Heading, MarksFor, Spot } from './map-drawing.ts'
import type { Mark } from './marks.ts'
import type { Room } from './schematic.ts'
import { type FloorPlan, floorPlanKind } from './settings.ts'
import { words } from './words.en.ts'
import { type Met, outcomeOf } from './zone-state.ts'

/** What maps read; all of it memory. */
export interface Plant {
  readonly store: Pick<StoreView, 'get' | 'all'>
  survey(): ReadonlyMap<string, readonly Endpoint[]>
}
/** An alarm, and what its announcements met. */
export interface Incident {
  readonly alarm: Alarm
  readonly met: ReadonlyMap<string, Met>
}
/** What is marked at a place; `on`: the location or site. */
export interface Marked {
  readonly on: string
  readonly mark: Mark
}

export const headingOf = (title: string, incident: Incident | undefined): Heading => ({
  title: incident === undefined ? title : `${incident.alarm.plan.name} – ${title}`,
  drill: incident?.alarm.drill ?? false,
  alarm: incident !== undefined,
})

/** Sites with their places, each with as much room as its marks need. */
export function roomsOf({ store }: Plant, marked: readonly Marked[]): readonly Room[] {
  const counts = new Map<string, number>()
  for (const { on } of marked) counts.set(on, (counts.get(on) ?? 0) + 1)
  const within = new Map<string, { readonly id: string; readonly name: string }[]>()
  for (const { id, name, parent, site } of store.all(locationKind)) {
    const around = parent ?? site
    within.set(around, [...(within.get(around) ?? []), { id, name }])
  }
  const room = ({ id, name }: { readonly id: string; readonly name: string }): Room => ({
    id,
    name,
    marks: counts.get(id) ?? 0,
    rooms: (within.get(id) ?? []).map(room),
  })
  return store.all(siteKind).map(room)
}

/** Each mark at its place, or at the nearest around it that is drawn. */
export const marksFor =
  ({ store }: Plant, marked: readonly Marked[]): MarksFor =>
  drawn => {
    const around = new Map(
      store.all(locationKind).map(({ id, parent, site }) => [id as string, (parent ?? site) as string]),
    )
    const first = store.all(siteKind)[0]?.id
    const home = (place: string): string | undefined => {
      for (let at: string | undefined = place; at !== undefined; at = around.get(at)) if (drawn.has(at)) return at
      return first
    }
    const found = new Map<string, Mark[]>()
    for (const { on, mark } of marked) {
      const at = home(on)
      if (at !== undefined) found.set(at, [...(found.get(at) ?? []), mark])
    }
    return found
  }

/** Everything that a map without a picture shows. Phones are too many for it. */
export function allMarked(plant: Plant, incident?: Incident): readonly Marked[] {
  const { store } = plant
  const presses = incident === undefined ? [] : pressesOf(plant, incident.alarm)
  const pressed = new Set(presses.map(({ mark }) => mark.id))
  const buttons = store
    .all(buttonKind)
    .filter(({ id }) => !pressed.has(id))
    .map(({ id, name, location }): Marked => ({ on: location, mark: { kind: 'button', id, name, pressed: false } }))
  const anywhere = store.all(siteKind)[0]?.id
  const marks = zoneMarks(plant, incident)
  const zones = store.all(zoneKind).flatMap((zone): readonly Marked[] => {
    const mark = marks.get(zone.id)
    const places: readonly string[] = zone.locations.length > 0 ? zone.locations : zone.sites
    const on = places.length > 0 ? places : anywhere === undefined ? [] : [anywhere]
    return mark === undefined ? [] : on.map(place => ({ on: place, mark }))
  })
  return [...presses, ...zones, ...buttons]
}

function zoneMarks(plant: Plant, incident: Incident | undefined): ReadonlyMap<string, Mark> {
  const endpoints = incident === undefined ? undefined : plant.survey()
  return new Map(
    plant.store.all(zoneKind).map(({ id, name }) => {
      const outcome = incident && outcomeOf(endpoints?.get(id) ?? [], incident.met)
      return [id, { kind: 'zone', id, name, pressed: false, ...(outcome && { outcome }) }]
    }),
  )
}

/** Wherever somebody pressed, and where a person raised it: each button once, where it was when it was pressed. */
export function pressesOf({ store }: Plant, alarm: Alarm): readonly Marked[] {
  const found = new Map<string, Marked>()
  for (const { button, location, cause } of alarm.presses) {
    const known = button === undefined ? undefined : store.get(buttonKind, button)
    const on = location ?? known?.location
    const id = button ?? `${cause} ${location ?? ''}`
    if (on !== undefined) found.set(id, { on, mark: { kind: 'button', id, name: known?.name ?? cause, pressed: true } })
  }
  const { location } = alarm
  if (location !== undefined && ![...found.values()].some(({ on }) => on === location))
    found.set(location, {
      on: location,
      mark: { kind: 'press', id: location, name: words['maps.here'], pressed: true },
    })
  return [...found.values()]
}

/** The plan of the place, or of the nearest around it that has one. */
export function planOf(
  { store }: Plant,
  location: string | undefined,
): (FloorPlan & { readonly id: string }) | undefined {
  const plans = store.all(floorPlanKind)
  let at = location
  for (let steps = 0; at !== undefined && steps < 50; steps++) {
    const plan = plans.find(one => one.location === at)
    if (plan !== undefined) return plan
    at = store.get(locationKind, at)?.parent
  }
  return undefined
}

/** The plans that show where somebody pressed, each once. */
export function plansOf(plant: Plant, alarm: Alarm): readonly (FloorPlan & { readonly id: string })[] {
  const found = pressesOf(plant, alarm).flatMap(({ on }) => planOf(plant, on) ?? [])
  return [...new Map(found.map(plan => [plan.id, plan])).values()]
}

/** What stands on a plan, and the presses that have no spot on it. */
export function spotsOf(
  plant: Plant,
  plan: FloorPlan,
  incident?: Incident,
): { spots: readonly Spot[]; unplaced: readonly string[] } {
  const { store } = plant
  const presses = incident === undefined ? [] : pressesOf(plant, incident.alarm)
  const pressed = new Map(presses.map(({ mark }) => [mark.id, mark]))
  const buttons = plan.buttons.flatMap(({ button, x, y }): readonly Spot[] => {
    const known = store.get(buttonKind, button)
    const mark = pressed.get(button) ?? (known && { kind: 'button', id: button, name: known.name, pressed: false })
    return mark === undefined ? [] : [{ mark, x, y }]
  })
  const marks = zoneMarks(plant, incident)
  const zones = plan.zones.flatMap(({ zone, x, y }): readonly Spot[] => {
    const mark = marks.get(zone)
    return mark === undefined ? [] : [{ mark, x, y }]
  })
  const devices = plan.devices.flatMap(({ device, x, y }): readonly Spot[] => {
    const known = store.get(deviceKind, device)
    return known === undefined ? [] : [{ mark: { kind: 'device', id: device, name: known.name, pressed: false }, x, y }]
  })
  const placed = new Set<string>(plan.buttons.map(({ button }) => button))
  const unplaced = presses.filter(({ mark }) => !placed.has(mark.id)).map(({ mark }) => mark.name)
  return { spots: [...buttons, ...zones, ...devices], unplaced }
}
