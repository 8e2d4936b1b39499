// Maps: the floor plan of each place with what stands on it, and the map of an alarm: where it was pressed, where it is heard.
import { feature } from '../../../kernel/feature.ts'
import { zones } from '../../paging/zones/feature.ts'
import { devices } from '../../phones/devices/feature.ts'
import { alarms, isLive } from '../../safety/alarms/feature.ts'
import { panicButtons } from '../../safety/panic-buttons/feature.ts'
import { locations } from '../locations/feature.ts'
import { sites } from '../sites/feature.ts'
import { type Incident, plansOf } from './atlas.ts'
import { Draughtsman } from './draughtsman.ts'
import { hearing } from './hearing.ts'
import { phoneHook } from './phone-screens.ts'
import { routesOf } from './routes.ts'
import { floorPlanKind, MapSettings } from './settings.ts'
import { words } from './words.en.ts'

export const maps = feature<MapSettings, undefined>({
  name: 'maps',
  about: 'Floor plans, and maps of alarms for screens and phones.',
  needs: [sites, locations, zones, devices, panicButtons, alarms],
  settings: MapSettings,
  resources: [floorPlanKind],
  permissions: { 'maps.view': 'See maps and floor plans', 'maps.manage': 'Change floor plans' },
  words: { en: words },
  start(ctx) {
    const floor = ctx.use(alarms)
    const plant = { store: ctx.store, survey: () => ctx.use(zones).survey() }
    const heard = hearing(ctx as never, alarm => floor.get(alarm) !== undefined)
    const draughtsman = new Draughtsman(ctx, plant)
    const incident = (id: string): Incident | undefined => {
      const alarm = floor.get(id)
      return alarm && { alarm, met: heard.of(id) }
    }
    /** A real one before a drill, then the newest: with it somebody is in danger. */
    const foremost = () =>
      floor
        .all()
        .filter(isLive)
        .sort((a, b) => Number(a.drill) - Number(b.drill) || b.raisedAt - a.raisedAt)[0]
    const hook = phoneHook(ctx, size => {
      const alarm = foremost()
      if (alarm === undefined) return draughtsman.map(size)
      // One plan shows all of it only where everybody pressed there; else the map of the plant does.
      const [plan, another] = plansOf(plant, alarm)
      const location = another === undefined ? plan?.location : undefined
      return draughtsman.map({ incident: incident(alarm.id), location, ...size })
    })
    return {
      routes: routesOf({ ctx, plant, floor, draughtsman, incident }),
      hooks: [hook],
      problems: () => draughtsman.problems(),
      metrics: () => ({ floor_plans: ctx.store.all(floorPlanKind).length }),
    }
  },
})
export default maps
