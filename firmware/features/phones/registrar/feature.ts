// The registrar: which phones are there now, and where they are reached.
import { feature } from '../../../kernel/feature.ts'
import type { Thing } from '../../../kernel/things.ts'
import { lines } from '../lines/feature.ts'
import { Floor, type Registrar } from './floor.ts'
import { PhoneOrders } from './phone-orders.ts'
import { routesOf } from './routes.ts'
import { type RegistrarSettings, RegistrarSettings as Settings } from './settings.ts'
import { words } from './words.en.ts'

import './facts.ts'

export type { Registrar } from './floor.ts'

export const registrar = feature<RegistrarSettings, Registrar>({
  name: 'registrar',
  about: 'Which phones are registered, and where they are reached.',
  essential: true,
  needs: [lines],
  settings: Settings,
  permissions: {
    'registrar.view': 'See which phones are registered',
    'registrar.manage': 'Change how phones are watched',
    'registrar.order': words['registrar.order.permission'],
  },
  words: { en: words },
  start(ctx) {
    const floor = new Floor(ctx)
    floor.handBack()
    const orders = new PhoneOrders(ctx)
    ctx.on('document.changed', ({ kinds }) => {
      if (kinds.includes('line') || kinds.includes('device')) floor.dropStrangers()
    })
    return {
      api: floor,
      routes: routesOf(ctx, floor, orders),
      touches: { 'phone.registered': lineOf, 'phone.unregistered': lineOf, 'phone.reachability-changed': lineOf },
      sip: {
        observe(event) {
          floor.observe(event)
          orders.observe(event)
        },
      },
      apply: () => ctx.sip.qualifyEvery(ctx.settings.qualifySeconds),
      problems: () => floor.problems(),
      metrics: () => ({ registrations: floor.count }),
    }
  },
})
export default registrar

const lineOf = ({ line }: { readonly line: string }): readonly Thing[] => [{ kind: 'line', id: line }]
