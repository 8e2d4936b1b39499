import test from 'ava'
import { FakeClock } from '../../testkit/fake-clock.ts'
import { MachineFigures } from './figures.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
const seen = { load: 0.5, cores: 4, memory: { totalBytes: 4e9, availableBytes: 1e9 }, disks: [] }

test('the machine is looked at every fifteen seconds, one look at a time; a look that fails keeps the one before', async t => {
  const clock = new FakeClock()
  const looks: { resolve(look: typeof seen): void; reject(error: Error): void }[] = []
  const look = () => new Promise<typeof seen>((resolve, reject) => looks.push({ resolve, reject }))
  const figures = new MachineFigures({ clock, log: silent, look })
  t.teardown(() => figures.close())
  t.is(figures.latest, undefined)
  await clock.advance('30s')
  t.is(looks.length, 1)
  looks[0]?.resolve(seen)
  await clock.advance('15s')
  t.like(figures.latest, seen)
  t.is(looks.length, 2)
  looks[1]?.reject(new Error('no such program'))
  await clock.advance('15s')
  t.like(figures.latest, seen)
  t.is(looks.length, 3)
})
