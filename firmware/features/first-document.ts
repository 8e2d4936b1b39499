// What a fresh box knows: a plant, a zone, messages, four plans and eight buttons, so that it protects from its first minute.
import type { ChangeRequest, Operation, ResourceKind, Store } from '../kernel/store.ts'
import { messageKind } from './paging/messages/feature.ts'
import { streamKind, zoneKind } from './paging/zones/feature.ts'
import { locationKind } from './places/locations/feature.ts'
import { networkKind } from './places/networks/feature.ts'
import { siteKind } from './places/sites/feature.ts'
import { planKind } from './safety/alarms/feature.ts'
import { buttonKind } from './safety/panic-buttons/feature.ts'

/** The first change set of a box: undone or changed like any other. Terminals are those of the board as shipped. */
export function firstDocument(store: Pick<Store, 'newId'>): ChangeRequest {
  const ops: Operation[] = []
  const put = <T extends object>(kind: ResourceKind<T>, value: Partial<T>): string => {
    const id = store.newId(kind)
    ops.push({ op: 'put', kind: kind.kind, id, value })
    return id
  }
  const site = put(siteKind, { name: 'Plant' })
  const plant = put(locationKind, { name: 'Plant', site, kind: 'building' })
  // Private addresses (RFC 1918, RFC 4193), link-local and the box itself: every station may call for help.
  const prefixes = ['10.0.0.0/8', '172.16.0.0/12', '192.168.0.0/16', '127.0.0.0/8', 'fc00::/7', 'fe80::/10', '::1']
  put(networkKind, { name: 'Plant network', site, prefixes, emergencyWithoutPassword: true })
  const stream = put(streamKind, { name: 'Everywhere', group: '239.192.0.1', port: 5004 })
  const zone = put(zoneKind, {
    name: 'All',
    sites: [site],
    streams: [stream],
    amplifiers: ['amplifier-1', 'amplifier-2'],
  })
  const say = (name: string, text: string) => put(messageKind, { name, text })
  const evacuate = say('Evacuation', 'Attention please. Leave the building now by the nearest exit. Do not use lifts.')
  const allClear = say('All clear', 'The danger is over. You may return to work.')
  const tornado = say('Tornado', 'Tornado warning. Go to the shelter area now. Stay away from doors and windows.')
  const medical = say('Medical', 'Medical emergency. First aiders, look at your phones and go to the place shown.')
  const fire = say('Fire', 'Fire alarm. Stop machines, leave the building now, and go to the assembly point.')

  const page = (message: string, tone: string, repeats: number) => ({
    kind: 'page',
    params: { zone, messages: [message], tone, repeats, gapSeconds: 2 },
  })
  const strobe = (...outputs: string[]) => ({ kind: 'strobe', params: { outputs, blink: true } })
  const relay = (...outputs: string[]) => ({ kind: 'relay', params: { outputs } })
  const notify = (text: string) => ({ kind: 'notify', params: { text, screens: true } })
  const told = [page(allClear, 'chime', 2)]
  const strobes = ['strobe-1', 'strobe-2', 'strobe-3', 'strobe-4']
  const plan = (name: string, severity: string, steps: object[], escalation: object[]) =>
    put(planKind, {
      name,
      site,
      severity,
      steps,
      escalation,
      allClear: told,
      acknowledgement: true,
      escalationSeconds: 60,
      supersedes: severity === 'life-safety',
    } as never)
  const plans = [
    plan(
      'Evacuation',
      'life-safety',
      [page(evacuate, 'evacuate', 10), strobe(...strobes), relay('relay-1'), notify('Evacuation: {cause}')],
      [page(evacuate, 'evacuate', 20), notify('Evacuation not acknowledged: {cause}')],
    ),
    plan(
      'Fire',
      'life-safety',
      [page(fire, 'evacuate', 10), strobe(...strobes), relay('relay-1', 'relay-2'), notify('Fire: {cause}')],
      [page(fire, 'evacuate', 20), notify('Fire alarm not acknowledged: {cause}')],
    ),
    plan(
      'Tornado',
      'critical',
      [page(tornado, 'alert', 5), strobe('strobe-3', 'strobe-4'), notify('Tornado: {cause}')],
      [page(tornado, 'alert', 10)],
    ),
    plan(
      'Medical',
      'urgent',
      [page(medical, 'alert', 2), strobe('strobe-1'), notify('Medical: {cause}')],
      [page(medical, 'alert', 3), notify('Nobody has gone to help: {cause}')],
    ),
  ]
  const places = ['Hall 1', 'Hall 2', 'Paint shop', 'Press shop', 'Warehouse', 'Gate', 'Office', 'Energy centre']
  places.forEach((name, index) => {
    const location = put(locationKind, { name, site, parent: plant, kind: 'area' })
    const number = index + 1
    put(buttonKind, {
      name: `Button ${number}`,
      location,
      plan: plans[index % plans.length] ?? '',
      inputs: [`in-${number}`],
      lamp: `lamp-${number}`,
    })
  })
  return { why: 'A fresh box', author: { by: 'box', name: 'plant-pbx' }, ops }
}
