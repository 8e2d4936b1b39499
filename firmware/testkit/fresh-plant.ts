// The plant that a fresh box knows, on fakes: phones on its site, plans compiled, buttons wired to the board.
import { firstDocument } from '../features/first-document.ts'
import { deviceKind } from '../features/phones/devices/feature.ts'
import { siteKind } from '../features/places/sites/feature.ts'
import { type Alarm, type Alarms, alarms, type Plan, planKind } from '../features/safety/alarms/feature.ts'
import type { Route } from '../kernel/feature.ts'
import type { Stored, Who } from '../kernel/store.ts'
import { type Box, type ScenarioOptions, scenario } from './scenario.ts'

/** A person at a screen, for everything a person decides. */
export const kari: Who = { by: 'user', id: 'usr_kari', name: 'Kari' }

/** What a fresh box has, with two phones on its site unless the test says otherwise. */
export const freshPlant = (o: ScenarioOptions = {}): ScenarioOptions => ({
  extensions: ['201', '202'],
  ...o,
  document: async box => {
    await box.store.change(firstDocument(box.store))
    const site = box.store.all(siteKind)[0]
    for (const device of box.store.all(deviceKind))
      if (site !== undefined) await box.put('device', { ...device, site: site.id }, device.id)
    await o.document?.(box)
  },
})

/** A fresh plant with everything made ready. */
export async function startPlant(o: ScenarioOptions = {}): Promise<Box> {
  const box = await scenario(freshPlant(o))
  await box.passes('1s')
  return box
}

export const alarmsOf = (box: Box): Alarms => box.host.running.get(alarms.name)?.parts.api as Alarms

/** Alarms that are not over, the oldest first. */
export const liveAlarms = (box: Box): readonly Alarm[] =>
  alarmsOf(box)
    .all()
    .filter(alarm => alarm.ended === undefined)

/** The only live alarm. */
export function theAlarm(box: Box): Alarm {
  const [alarm, ...more] = liveAlarms(box)
  if (alarm === undefined || more.length > 0) throw new Error(`there are ${more.length + 1} live alarms, or none`)
  return alarm
}

export function planOf(box: Pick<Box, 'store'>, name: string): Stored<Plan> {
  const plan = box.store.all(planKind).find(one => one.name === name)
  if (plan === undefined) throw new Error(`there is no plan ${name}`)
  return plan
}

/** Asks a route of a feature as the web would, as Kari. */
export async function ask<T = unknown>(box: Box, path: string, input: object = {}): Promise<T> {
  for (const { parts } of box.host.running.values()) {
    const route = parts.routes?.find(one => one.path === path) as Route<object, T> | undefined
    if (route !== undefined) return route.run(input, kari)
  }
  throw new Error(`nothing offers ${path}`)
}
