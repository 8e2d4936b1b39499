// The plant of pictures and of what is looked at page by page: places, phones, answering points, zones, people.
import type { Operation } from '../../firmware/kernel/store.ts'
import { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import type { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'

export type Resource = Record<string, unknown> & { readonly id: string; readonly rev: number }

/** Who has a phone in this plant: number, name, where it stands. */
export const POSTS: readonly (readonly [number: string, name: string, place: string])[] = [
  ['201', 'Hall 1 post', 'Hall 1'],
  ['202', 'Hall 2 post', 'Hall 2'],
  ['203', 'Paint shop post', 'Paint shop'],
  ['204', 'Press shop post', 'Press shop'],
  ['210', 'Gate guard', 'Gate'],
  ['220', 'First aid', 'Office'],
]

/** The registered phone of a post. */
export async function phoneOf(box: TestBox, number: string): Promise<Softphone> {
  const registrar = `sip:${box.registrar}`
  const phone = await Softphone.start({ user: number, password: `secret-of-${number}`, registrar })
  await phone.register()
  return phone
}

/** A plant with an address, phones with places, answering points, two zones and a second person who signs in. */
export async function furnish(box: TestBox): Promise<void> {
  const [site] = await box.resources<Resource>('site')
  const places = await box.resources<Resource>('location')
  const placeOf = (name: string) => places.find(place => place.name === name)?.id
  const roles = await box.resources<Resource>('role')
  const ops: Operation[] = [
    changed('site', site, {
      name: 'Riverside plant',
      houseNumber: '4100',
      street: 'River Road',
      city: 'Toledo',
      region: 'OH',
      postalCode: '43614',
    }),
  ]
  const devices: Record<string, string> = {}
  const extensions: Record<string, string> = {}
  for (const [number, name, place] of POSTS) {
    const [extension, device, line] = [await box.newId('extension'), await box.newId('device'), await box.newId('line')]
    devices[number] = device
    extensions[number] = extension
    ops.push({ op: 'put', kind: 'extension', id: extension, value: { number, name } })
    ops.push({
      op: 'put',
      kind: 'device',
      id: device,
      value: { name, kind: 'phone', site: site?.id, location: placeOf(place) },
    })
    const secrets = { secret: `secret-of-${number}` }
    ops.push({ op: 'put', kind: 'line', id: line, value: { authName: number, device, index: 1, extension }, secrets })
  }
  await box.change('Phones of the plant', ops)
  const add = async (why: string, kind: string, value: object) =>
    box.change(why, [{ op: 'put', kind, id: await box.newId(kind), value }])
  await add('A zone for the halls', 'zone', {
    name: 'Production',
    number: '701',
    locations: ['Hall 1', 'Hall 2', 'Paint shop', 'Press shop'].map(placeOf),
    amplifiers: ['amplifier-1'],
  })
  await add('Who answers emergency calls', 'emergency-plan', {
    name: 'Gate and first aid',
    sites: [site?.id],
    answeringPoints: [extensions['210'], extensions['220']],
    screens: [devices['210']],
  })
  const officer = roles.find(role => role.name === 'Safety officer')?.id
  await add('The safety officer signs in', 'user', { signIn: 'sam', name: 'Sam Rivera', grants: [{ role: officer }] })
  await until('the plant is armed', async () => {
    const { applying } = await (await box.console()).ask<{ applying: object[] }>({ ask: 'problems' })
    return applying.length === 0
  })
}

function changed(kind: string, resource: Resource | undefined, more: object): Operation {
  if (resource === undefined) throw new Error(`a fresh box has a ${kind}`)
  const { id, rev, ...value } = resource
  return { op: 'put', kind, id, rev, value: { ...value, ...more } }
}
