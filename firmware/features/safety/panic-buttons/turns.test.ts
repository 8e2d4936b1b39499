import test from 'ava'
import type { Use } from './problems.ts'
import { type Placed, turnsOf } from './turns.ts'

const DAY = 86_400_000
const placed = (name: string, site = 'sit_a'): Placed => ({
  button: { id: name, rev: 1, name, location: 'loc_a', plan: 'pln_a', inputs: [] },
  site,
})
const turns = (buttons: readonly Placed[], uses: Readonly<Record<string, Use>>, testEveryDays = 60) =>
  turnsOf(buttons, { useOf: id => uses[id], testEveryDays }).map(({ site, button, dueAt }) => [
    site,
    button.name,
    dueAt,
  ])

test('the button that was never tested comes first, then the one that was not tested for the longest time', t => {
  const buttons = ['Gate 10', 'Gate 9', 'Crane'].map(name => placed(name))
  t.deepEqual(turns(buttons, { Crane: { testedAt: 5 } }), [['sit_a', 'Gate 9', undefined]])
  const all = { Crane: { testedAt: 5 }, 'Gate 9': { testedAt: 9 }, 'Gate 10': { testedAt: 7 } }
  t.deepEqual(turns(buttons, all), [['sit_a', 'Crane', 5 + 60 * DAY]])
})

test('no button is tested twice running where there is another, also when it failed', t => {
  const buttons = [placed('A'), placed('B')]
  t.is(turns(buttons, { A: { triedAt: 9, failedAt: 9 }, B: { testedAt: 5, triedAt: 5 } })[0]?.[1], 'B')
  t.is(turns([placed('A')], { A: { testedAt: 9, triedAt: 9 } })[0]?.[1], 'A')
})

test('in a year of tests each button has its turn before any has a second', t => {
  const buttons = ['A', 'B', 'C', 'D', 'E'].map(name => placed(name))
  const uses: Record<string, Use> = {}
  const order: string[] = []
  for (let at = 1; at <= 15; at += 1) {
    const name = String(turns(buttons, uses)[0]?.[1])
    order.push(name)
    uses[name] = { testedAt: at, triedAt: at }
  }
  t.is(order.join(''), 'ABCDEABCDEABCDE')
})

test('each site has a turn of its own, the one that is due first', t => {
  const uses = { A: { testedAt: 8 }, B: { testedAt: 3 } }
  t.deepEqual(
    turns([placed('A'), placed('B', 'sit_b')], uses).map(([site]) => site),
    ['sit_b', 'sit_a'],
  )
  t.deepEqual(turns([placed('A')], uses, 0), [['sit_a', 'A', undefined]])
  t.deepEqual(turns([], {}), [])
})
