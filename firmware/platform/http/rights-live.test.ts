// Who holds a role in one place only, and what happens: verbs that name it by id, lists of it, and every fact about it.
import test from 'ava'
import type { Who } from '../../kernel/store.ts'
import { NUMBERS, type Plant, plant } from '../../testkit/two-sites.ts'
import { describe } from './describe.ts'
import { FactRing, type NumberedFact } from './fact-ring.ts'
import { Rights } from './rights.ts'
import { Sight } from './sight.ts'

const PEOPLE = ['north', 'officer'] as const
const person = (name: string): Who => ({ by: 'user', id: `usr_${name}`, name })

/** The id of a page that runs in a zone. */
async function paged({ ask, id }: Plant, where: 'north' | 'south'): Promise<string> {
  const body = { zone: id[`${where}Zone`], text: 'Hello.', repeats: 0 }
  return (await ask('POST', '/api/paging/start', { as: 'admin', body })).body.page
}

async function raised({ ask, id }: Plant, where: 'north' | 'south', more: object = {}): Promise<string> {
  const body = { plan: id[`${where}Plan`], location: id[`${where}Room`], ...more }
  return (await ask('POST', '/api/alarms/raise', { as: 'admin', body })).body.alarm
}

const ids = (rows: readonly { id: string }[]) => rows.map(one => one.id)

for (const as of PEOPLE) {
  test(`${as}: a page of one's own place is seen and stopped, of another it is neither`, async t => {
    const here = await plant(t)
    const [north, south] = [await paged(here, 'north'), await paged(here, 'south')]
    const { ask } = here
    t.deepEqual(ids((await ask('GET', '/api/paging/status', { as })).body.pages), [north])
    const stop = (page: string, who: string) => ask('POST', '/api/paging/stop', { as: who, body: { page } })
    t.is((await stop(south, as)).status, 403)
    t.is((await stop('no-such-page', as)).status, 403)
    t.is((await stop(north, 'looker')).status, 403)
    t.is((await stop(north, as)).status, 200)
    await stop(south, 'admin')
    await here.box.settles()
    t.deepEqual(ids((await ask('GET', '/api/paging/history', { as })).body.pages), [north])
    t.is((await ask('GET', `/api/paging/deliveries?page=${north}`, { as })).status, 200)
    t.is((await ask('GET', `/api/paging/deliveries?page=${south}`, { as })).status, 403)
  })

  test(`${as}: an alarm of one's own place is seen, acknowledged and cleared, of another it is not`, async t => {
    const here = await plant(t)
    const [north, south] = [await raised(here, 'north'), await raised(here, 'south')]
    const { ask } = here
    t.deepEqual(ids((await ask('GET', '/api/alarms/live', { as })).body.alarms), [north])
    for (const verb of ['acknowledge', 'clear']) {
      t.is((await ask('POST', `/api/alarms/${verb}`, { as, body: { alarm: south } })).status, 403, verb)
      t.is((await ask('POST', `/api/alarms/${verb}`, { as, body: { alarm: north } })).status, 200, verb)
    }
    t.is((await ask('GET', `/api/alarms/detail?alarm=${south}`, { as })).status, 403)
    t.is((await ask('GET', `/api/alarms/detail?alarm=${north}`, { as })).status, 200)
    t.deepEqual(ids((await ask('GET', '/api/alarms/history', { as })).body.alarms), [north])
  })

  test(`${as}: a call of one's own place is seen and ended, of another it is not; one between both is seen only`, async t => {
    const { box, ask } = await plant(t)
    box.phone(NUMBERS.south).dials('911')
    await box.settles()
    t.is((await ask('GET', '/api/calls/live', { as })).body.calls.length, 0)
    t.is((await ask('GET', '/api/calls/live', { as: 'admin' })).body.calls.length, 1)
    box.phone(NUMBERS.south).hangsUp()
    await box.settles()
    box.phone(NUMBERS.north).dials(NUMBERS.south)
    await box.settles()
    const [both] = (await ask('GET', '/api/calls/live', { as })).body.calls as { id: string }[]
    t.truthy(both)
    t.is((await ask('POST', '/api/calls/hang-up', { as, body: { call: both?.id } })).status, 403)
    t.is((await ask('POST', '/api/calls/hang-up', { as: 'admin', body: { call: both?.id } })).status, 200)
  })

  test(`${as}: a call for help from one's own place is seen and taken care of, of another it is not`, async t => {
    const { box, ask } = await plant(t)
    for (const number of Object.values(NUMBERS)) {
      box.phone(number).dials('911')
      await box.settles()
    }
    const all = (await ask('GET', '/api/emergency-calls/live', { as: 'admin' })).body.calls as {
      call: string
      place: string
    }[]
    t.is(all.length, 2)
    const seen = (await ask('GET', '/api/emergency-calls/live', { as })).body.calls as { call: string; place: string }[]
    t.deepEqual(
      seen.map(one => one.place),
      ['Hall north / Room north'],
    )
    for (const { call, place } of all) {
      const { status } = await ask('POST', '/api/emergency-calls/acknowledge', { as, body: { call } })
      t.is(status, place.includes('north') ? 200 : 403, place)
    }
    const { leases } = (await ask('GET', '/api/emergency-call-backs/leases', { as })).body
    t.deepEqual(
      leases.map((one: { number: string }) => one.number),
      [NUMBERS.north],
    )
  })
}

test('an alarm that presses in two places joined is seen in both, and ended by who may in both', async t => {
  const here = await plant(t)
  const { ask, id } = here
  const shared = await here.box.put('plan', {
    name: 'Plan both',
    steps: [{ kind: 'page', params: { zone: id.bothZone, text: 'Leave.' } }],
  })
  const north = await raised(here, 'north', { plan: shared })
  const again = await raised(here, 'south', { plan: shared })
  const { alarms } = (await ask('GET', '/api/alarms/live', { as: 'officer' })).body
  t.true(ids(alarms).includes(north))
  const { status } = await ask('POST', '/api/alarms/clear', { as: 'officer', body: { alarm: north } })
  t.is(status, again === north ? 403 : 200)
})

/** Observes with memory as it is at the fact, as the feed does. */
function watching(here: Plant): { seen(name: string): readonly NumberedFact[]; all(): readonly NumberedFact[] } {
  const { host } = here.box
  const web = {
    clock: here.box.clock,
    log: host.shared.log,
    store: here.box.store,
    describe: () => describe(host),
    may: host.may.bind(host),
  } as unknown as ConstructorParameters<typeof Sight>[0]
  const sight = new Sight(web, new Rights(web))
  const ring = new FactRing(5_000)
  const facts: NumberedFact[] = []
  host.observe(observed => {
    const fact = ring.add(observed)
    sight.note(fact)
    facts.push(fact)
  })
  const seen = (name: string) => facts.filter(fact => sight.shows(person(name), fact, sight.of(person(name), fact)))
  return { all: () => facts, seen }
}

/** A day in one place: a page, an alarm, calls, a call for help, a phone that goes and comes. */
async function day(here: Plant, where: 'north' | 'south'): Promise<void> {
  const { box, ask } = here
  const page = await paged(here, where)
  await box.passes('2s')
  await ask('POST', '/api/paging/stop', { as: 'admin', body: { page } })
  const alarm = await raised(here, where)
  await box.passes('2s')
  for (const verb of ['acknowledge', 'clear'])
    await ask('POST', `/api/alarms/${verb}`, { as: 'admin', body: { alarm } })
  await box.passes('10s')
  const phone = box.phone(NUMBERS[where])
  phone.dials('911')
  await box.settles()
  const [call] = (await ask('GET', '/api/emergency-calls/live', { as: 'admin' })).body.calls as { call: string }[]
  await ask('POST', '/api/emergency-calls/acknowledge', { as: 'admin', body: { call: call?.call } })
  phone.hangsUp()
  await box.passes('20s')
  phone.unregisters()
  await box.settles()
  phone.registers()
  await box.settles()
}

const TOLD_OF_A_PLACE = [
  'alarm.acknowledged',
  'alarm.cleared',
  'alarm.raised',
  'alarm.step-changed',
  'call.began',
  'call.ended',
  'call.went',
  'emergency-call.acknowledged',
  'emergency-call.began',
  'emergency-call.ended',
  'page.ended',
  'page.leaving',
  'page.started',
  'phone.registered',
  'phone.unregistered',
]

/** Says nothing of what changed. */
const FOR_ALL = ['document.changed', 'problems.changed']

const named = (facts: readonly NumberedFact[]) => new Set(facts.map(fact => fact.name))

for (const as of PEOPLE)
  test(`${as}: of what happens in another place no fact comes; of one's own every one does`, async t => {
    const here = await plant(t)
    const watched = watching(here)
    await day(here, 'south')
    t.deepEqual(
      watched
        .seen(as)
        .map(fact => fact.name)
        .filter(name => !FOR_ALL.includes(name)),
      [],
      'the other place',
    )
    t.deepEqual(
      [...named(watched.seen('nobody'))].filter(name => !FOR_ALL.includes(name)),
      [],
    )
    t.is(watched.seen('admin').length, watched.all().length)
    await day(here, 'north')
    const seen = named(watched.seen(as))
    t.deepEqual(
      TOLD_OF_A_PLACE.filter(name => !seen.has(name)),
      [],
      'one’s own place',
    )
  })

test('a fact that nobody placed is for those who may look everywhere; none is placed twice', async t => {
  const here = await plant(t)
  const placed = describe(here.box.host).features.flatMap(({ touches }) => Object.keys(touches))
  t.is(new Set(placed).size, placed.length)
  for (const name of TOLD_OF_A_PLACE) t.true(placed.includes(name), name)
  const watched = watching(here)
  here.box.host.shared.events.emit('page.unheard-of' as 'page.started', {} as never, 'paging')
  t.true(named(watched.seen('admin')).has('page.unheard-of' as never))
  for (const as of PEOPLE) t.is(watched.seen(as).length, 0, as)
})
