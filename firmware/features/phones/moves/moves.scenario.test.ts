// A phone with another address may stand elsewhere: that is a problem until somebody says where it stands.
import type { ExecutionContext } from 'ava'
import { ask } from '../../../testkit/fresh-plant.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

/** Phone 201 stands in the press shop; there is a network of the office beside. */
async function plant(t: ExecutionContext, o: { office?: string } = {}): Promise<Box> {
  const box = await scenario({
    extensions: ['201'],
    document: async one => {
      const site = await one.put('site', { name: 'Flint', country: 'US' })
      const press = await one.put('location', { name: 'Press shop', site })
      const office = await one.put('location', { name: 'Office', site })
      await one.put('network', { name: 'Halls', prefixes: ['192.168.0.0/16', '192.0.2.0/24'], site })
      const place = o.office === undefined ? {} : { location: office }
      await one.put('network', { name: 'Office', prefixes: ['10.9.0.0/16'], site, ...place })
      const device = one.store.all({ kind: 'device' } as never)[0] as { id: string; rev: number }
      const { id, rev: _, ...value } = device
      await one.put('device', { ...value, location: press }, id)
    },
  })
  t.teardown(() => box.ends())
  return box
}

/** The phone signs off, is plugged in elsewhere, and registers from there. */
function isPlugged(box: Box, host: string): void {
  box.phone('201').unregisters()
  Object.assign(box.phone('201').source, { host })
  box.phone('201').registers()
}

const problems = (box: Box) => box.host.problems().filter(({ code }) => code.startsWith('moves.'))

test('a phone that registers from another address is a problem that names phone, address and the place it would tell', async t => {
  const box = await plant(t)
  t.deepEqual(problems(box), [])
  isPlugged(box, '192.168.7.7')
  await box.settles()
  const [problem] = problems(box)
  t.is(problem?.severity, 'serious')
  t.regex(problem?.text ?? '', /Phone 201.*192\.168\.7\.7.*Press shop/)
  isPlugged(box, '10.9.0.5')
  await box.settles()
  t.regex(problems(box)[0]?.text ?? '', /carried to network “Office”/)
})

test('it is over when somebody confirms the place, or saves the device, or the phone is back', async t => {
  const box = await plant(t)
  const home = box.phone('201').source.host
  isPlugged(box, '192.168.7.7')
  await box.settles()
  await ask(box, 'moves/confirm', { device: box.deviceOf('201') })
  t.deepEqual(problems(box), [])
  isPlugged(box, '192.168.7.8')
  await box.settles()
  t.is(problems(box).length, 1)
  isPlugged(box, home)
  await box.settles()
  t.deepEqual(problems(box), [])
  isPlugged(box, '192.168.7.9')
  await box.settles()
  t.is(problems(box).length, 1)
  const device = box.store.all({ kind: 'device' } as never)[0] as { id: string; rev: number }
  const { id, rev: _, ...value } = device
  await box.put('device', { ...value, model: 'looked at' }, id)
  t.deepEqual(problems(box), [])
})

test('a phone whose network tells its place moves with its network, and is no problem', async t => {
  const box = await plant(t, { office: 'Office' })
  const device = box.store.all({ kind: 'device' } as never)[0] as { id: string; rev: number; location?: string }
  const { id, rev: _, location: __, ...value } = device
  await box.put('device', value, id)
  isPlugged(box, '10.9.0.5')
  await box.settles()
  t.deepEqual(problems(box), [])
})

test('where a phone stood is kept, with who confirmed it, through restarts and power cuts', async t => {
  const box = await plant(t)
  const home = box.phone('201').source.host
  isPlugged(box, '192.168.7.7')
  await box.passes('6s')
  await box.restarts({ lost: 'power' })
  t.is(problems(box).length, 1)
  await ask(box, 'moves/confirm', { device: box.deviceOf('201') })
  const { stays } = await ask<{ stays: object[] }>(box, 'moves/history')
  t.like(stays[0], { address: '192.168.7.7', was: home, place: 'Press shop', by_: 'Kari' })
  t.is(stays.length, 3)
})
