// The host: order, isolation, safe mode, changes carried into effect, rights, what it says of itself.
import type { ExecutionContext } from 'ava'
import { optionalFeatures } from '../features/appliance/optional-features/feature.ts'
import { describe } from '../platform/http/describe.ts'
import { type Box, type ScenarioOptions, scenario } from '../testkit/scenario.ts'
import { test } from '../testkit/scenario-test.ts'
import { PbxError } from './errors.ts'
import { type ActionKind, type Feature, feature, type Parts } from './feature.ts'
import { type AnyFeature, inOrder } from './order.ts'
import { ActionField, Name, Type } from './schema.ts'
import type { Who } from './store.ts'

const plain = (name: string, o: Partial<Feature<unknown, unknown>> = {}): Feature<unknown, unknown> =>
  feature<unknown, unknown>({ name, about: `About ${name}.`, start: () => ({}), ...o })

async function plant(t: ExecutionContext, features: readonly AnyFeature[], o: ScenarioOptions = {}): Promise<Box> {
  const box = await scenario({ features, ...o })
  t.teardown(() => box.ends())
  return box
}

interface Deferred {
  readonly promise: Promise<void>
  resolve(): void
  reject(error: Error): void
}
function deferred(): Deferred {
  let resolve = () => {}
  let reject = (_: Error) => {}
  const promise = new Promise<void>((yes, no) => {
    resolve = yes
    reject = no
  })
  return { promise, resolve: () => resolve(), reject: error => reject(error) }
}

const codes = (box: Box) => box.host.problems().map(problem => problem.code)
const fail = (): never => {
  throw new Error('out of order')
}
const thing = { kind: 'thing', prefix: 'thi', title: ['Thing', 'Things'], label: 'name' } as const
const things = { ...thing, schema: Type.Object({ name: Name({ title: 'Name' }) }) }

test('features start after those they need, whatever the order of the index, and stop in reverse', async t => {
  const log: string[] = []
  const noting = (name: string, needs: readonly AnyFeature[] = []) =>
    plain(name, {
      needs,
      start(ctx) {
        log.push(`${name} starts`)
        ctx.signal.addEventListener('abort', () => log.push(`${name} stops`))
        return {}
      },
    })
  const a = noting('a')
  const b = noting('b', [a])
  const c = noting('c', [a, b])
  const box = await plant(t, [c, b, a])
  await box.host.stop()
  t.deepEqual(log, ['a starts', 'b starts', 'c starts', 'c stops', 'b stops', 'a stops'])
})

test('a circle, a name used twice and a need that is not in the index are mistakes found before anything starts', t => {
  const needs: AnyFeature[] = []
  const a = plain('a', { needs })
  const b = plain('b', { needs: [a] })
  needs.push(b)
  t.throws(() => inOrder([a, b]), { message: /a → b → a/ })
  t.throws(() => inOrder([plain('twin'), plain('twin')]), { message: /two features are called "twin"/ })
  t.throws(() => inOrder([b]), { message: /not in the index/ })
})

test('a feature that cannot start is left out with those that need it; the rest runs', async t => {
  const broken = plain('broken', { start: fail })
  const dependent = plain('dependent', { needs: [broken] })
  const box = await plant(t, [broken, dependent, plain('sound')])
  t.deepEqual([...box.host.running.keys()], ['sound'])
  t.deepEqual(codes(box), ['host.not-started:broken', 'host.not-started:dependent'])
  t.false(describe(box.host).safeMode)
})

test('a feature that never finishes its start is left out after ten seconds', async t => {
  const stuck = plain('stuck', { start: () => new Promise(() => {}) })
  // The clock moves on by itself, or the start would wait for ever.
  const hasten = ({ clock }: Pick<Box, 'clock'>) => void setImmediate(() => clock.advance('10s'))
  const box = await plant(t, [stuck, plain('sound')], { prepare: hasten })
  t.deepEqual([...box.host.running.keys()], ['sound'])
  t.regex(box.host.failed.get('stuck') ?? '', /ten seconds/)
})

test('an essential feature that cannot start puts the box in safe mode, as a danger with a remedy', async t => {
  const box = await plant(t, [plain('vital', { essential: true, start: fail }), plain('sound')])
  t.deepEqual(box.host.safeMode, ['vital'])
  t.true(describe(box.host).safeMode)
  t.like(box.host.problems()[0], { code: 'host.not-started:vital', severity: 'danger' })
  t.truthy(box.host.problems()[0]?.remedy)
})

test('a feature uses only what it needs', async t => {
  const source = feature<unknown, { answer: number }>({
    name: 'source',
    about: 'Offers something.',
    start: () => ({ api: { answer: 42 } }),
  })
  let answer = 0
  const user = plain('user', {
    needs: [source],
    start(ctx) {
      answer = ctx.use(source).answer
      return {}
    },
  })
  const thief = plain('thief', { start: ctx => ({ api: ctx.use(source) }) })
  const box = await plant(t, [source, user, thief])
  t.is(answer, 42)
  t.regex(box.host.failed.get('thief') ?? '', /without needing it/)
})

test('two features that offer the same destination are shown; the first keeps it', async t => {
  const offering = (name: string) =>
    plain(name, {
      start: () => ({
        destinations: { room: { title: name, choices: () => [], run: async () => ({ end: 'answered' as const }) } },
      }),
    })
  const box = await plant(t, [offering('one'), offering('other')])
  t.is(describe(box.host).destinations.room?.title, 'one')
  t.true(codes(box).includes('host.duplicate:other'))
})

test('a change of a feature’s resources is applied at once, shown while it lasts, and shown when it fails', async t => {
  let outcome = deferred()
  let applied = 0
  const applying = plain('applying', {
    resources: [things],
    start: () => ({
      apply: () => {
        applied += 1
        return outcome.promise
      },
    }),
  })
  const box = await plant(t, [applying])
  await box.put('thing', { name: 'First' })
  t.like(describe(box.host).applying[0], { feature: 'applying', state: 'applying' })
  await box.put('thing', { name: 'Second' })
  t.is(applied, 1)
  const first = outcome
  outcome = deferred()
  first.resolve()
  await box.settles()
  t.is(applied, 2, 'what came meanwhile is applied together afterwards')
  outcome.reject(new Error('no such port'))
  await box.settles()
  t.like(describe(box.host).applying[0], { state: 'not-applied', why: 'no such port' })
  t.true(codes(box).includes('host.not-applied:applying'))
  outcome = deferred()
  outcome.resolve()
  await box.put('thing', { name: 'Third' })
  await box.settles()
  t.deepEqual(describe(box.host).applying, [])
  t.true(box.facts('document.changed').some(fact => fact.kinds.includes('thing')))
})

test('settings are read fresh at each use, with their defaults', async t => {
  const seen: unknown[] = []
  const Settings = Type.Object({ seconds: Type.Number({ default: 7 }) }, { default: {} })
  const reading = plain('reading', {
    settings: Settings,
    start: ctx => ({ apply: () => void seen.push(ctx.settings), api: () => ctx.settings }),
  })
  const box = await plant(t, [reading])
  t.deepEqual((box.use(reading) as () => unknown)(), { seconds: 7 })
  await box.configure('reading', { seconds: 9 })
  t.deepEqual(seen, [{ seconds: 9 }])
})

test('an optional feature is switched off and on without a restart, with those that need it', async t => {
  const extra = plain('extra', { optional: true })
  const more = plain('more', { needs: [extra] })
  const box = await plant(t, [optionalFeatures as AnyFeature, extra, more])
  t.true(box.host.running.has('more'))
  await box.configure('optional-features', { off: ['extra'] })
  t.deepEqual([...box.host.running.keys()], ['optional-features'])
  t.deepEqual(
    describe(box.host).off.map(one => one.name),
    ['extra', 'more'],
  )
  t.deepEqual(codes(box), [])
  await box.configure('optional-features', { off: [] })
  t.deepEqual([...box.host.running.keys()], ['optional-features', 'extra', 'more'])
})

test('what a stopped feature began ends with it: timers, observers, destinations', async t => {
  let ticks = 0
  let facts = 0
  const extra = plain('extra', {
    optional: true,
    start(ctx) {
      ctx.clock.every(1000, () => {
        ticks += 1
      })
      ctx.on('document.changed', () => {
        facts += 1
      })
      return { destinations: { room: { title: 'Room', choices: () => [], run: async () => ({ end: 'answered' }) } } }
    },
  })
  const box = await plant(t, [optionalFeatures as AnyFeature, extra])
  await box.passes('3s')
  t.is(ticks, 3)
  await box.configure('optional-features', { off: ['extra'] })
  await box.passes('3s')
  t.is(ticks, 3)
  t.is(facts, 0)
  t.deepEqual(Object.keys(describe(box.host).destinations), [])
})

test('a feature that fails to observe, to tell its problems or its figures harms nobody and is named', async t => {
  const bad = plain('bad', {
    start(ctx) {
      ctx.on('document.changed', fail)
      return { problems: fail, metrics: fail }
    },
  })
  let seen = 0
  const good = plain('good', {
    resources: [things],
    start(ctx) {
      ctx.on('document.changed', () => {
        seen += 1
      })
      return {}
    },
  })
  const box = await plant(t, [bad, good])
  await box.put('thing', { name: 'First' })
  t.is(seen, 1)
  t.true(['host.observer:bad', 'host.no-health:bad'].every(code => codes(box).includes(code)))
  t.is(describe(box.host).metrics.calls_live, 0)
})

test('an un-awaited promise that fails becomes a problem that goes by itself', async t => {
  const spawning = plain('spawning', {
    start(ctx) {
      ctx.spawn('render a voice', Promise.reject(new Error('no voice')))
      return {}
    },
  })
  const box = await plant(t, [spawning])
  t.deepEqual(codes(box), ['spawning.failed:render a voice'])
  await box.passes('31m')
  t.deepEqual(codes(box), [])
})

interface Offered {
  readonly ran: object[]
}
const acting = (o: Partial<ActionKind<{ text: string }>> = {}) =>
  feature<unknown, Offered>({
    name: 'acting',
    about: 'Does something.',
    resources: [{ ...thing, schema: Type.Object({ name: Name(), action: Type.Optional(ActionField()) }) } as never],
    start() {
      const ran: object[] = []
      const say: ActionKind<{ text: string }> = {
        title: 'Say',
        params: Type.Object({ text: Type.String({ minLength: 1 }) }),
        run: async params => void ran.push(params),
        ...o,
      }
      return { api: { ran }, actions: { say } } satisfies Parts<Offered>
    },
  })
const why = { who: { by: 'box', name: 'test' }, cause: 'a test', drill: false } as const

test('an action runs with checked parameters; what is unknown, wrong or outside of a drill is refused with a code', async t => {
  const trial = plain('trial', { start: ctx => ({ api: ctx.act }) })
  const said = acting({ outside: true })
  const box = await plant(t, [said, trial])
  const act = box.use(trial) as (ref: object, trigger: object) => Promise<void>
  await act({ kind: 'say', params: { text: 'hello' } }, why)
  t.deepEqual(box.use(said).ran, [{ text: 'hello' }])
  const code = async (ref: object, trigger: object = why) =>
    (await t.throwsAsync<PbxError>(act(ref, trigger), { instanceOf: PbxError }))?.code
  t.is(await code({ kind: 'sing', params: {} }), 'actions.unknown-kind')
  t.is(await code({ kind: 'say', params: { text: '' } }), 'actions.invalid-params')
  t.is(await code({ kind: 'say', params: { text: 'x' } }, { ...why, drill: true }), 'actions.not-in-a-drill')
})

test('an action inside a resource is checked by its kind when saved; an unknown kind is kept', async t => {
  const box = await plant(t, [
    acting({ check: ({ text }): Record<string, string> => (text === 'no' ? { text: 'say yes' } : {}) }),
  ])
  const put = (action: object) => box.put('thing', { name: `Thing ${JSON.stringify(action)}`, action })
  await put({ kind: 'say', params: { text: 'yes' } })
  await put({ kind: 'from-another-version', params: {} })
  const wrong = await t.throwsAsync<PbxError>(put({ kind: 'say', params: {} }), { instanceOf: PbxError })
  t.is(wrong?.code, 'store.invalid')
  const refused = await t.throwsAsync<PbxError>(put({ kind: 'say', params: { text: 'no' } }), { instanceOf: PbxError })
  t.true(Object.values(refused?.fields ?? {}).includes('say yes'))
})

const user: Who = { by: 'user', id: 'u', name: 'Ann' }

test('what no grant allows is denied; console and box may all', async t => {
  const box = await plant(t, [plain('sound')])
  t.false(box.host.may(user, 'sound.view'))
  t.true(box.host.may({ by: 'console', name: 'root' }, 'sound.manage'))
  t.true(box.host.may({ by: 'box', name: 'schedule' }, 'sound.manage'))
})

test('a grant holds in its scope only; to manage includes to view; without a thing only a grant for everything counts', async t => {
  const grantsOf = () => [
    { permissions: ['sound.manage'], scope: { site: 'north' } },
    { permissions: ['bells.view'], scope: 'everything' as const },
  ]
  const box = await plant(t, [plain('sound')], { grantsOf })
  t.true(box.host.may(user, 'sound.view', { site: 'north' }))
  t.false(box.host.may(user, 'sound.view', { site: 'south' }))
  t.false(box.host.may(user, 'sound.view', {}))
  t.false(box.host.may(user, 'sound.view'))
  t.true(box.host.may(user, 'bells.view'))
  t.false(box.host.may(user, 'bells.manage'))
})

test('a running feature answers for rights', async t => {
  const access = plain('access', {
    start: () => ({ grantsOf: who => (who.by === 'user' ? [{ permissions: ['*'], scope: 'everything' }] : []) }),
  })
  const box = await plant(t, [access])
  t.true(box.host.may(user, 'anything.manage'))
  t.false(box.host.may({ by: 'api-key', id: 'k', name: 'key' }, 'anything.manage'))
})

test('the description holds all that a page needs: forms, permissions, routes, words; also of a feature that failed', async t => {
  const full = plain('full', {
    settings: Type.Object({}, { default: {} }),
    resources: [things],
    permissions: { 'full.shout': 'Shout' },
    words: { en: { hello: 'Hello' } },
    start: () => ({
      routes: [{ method: 'POST', path: 'full/shout', about: 'Shouts', permission: 'full.shout', run: () => ({}) }],
    }),
  })
  const broken = plain('broken', { settings: Type.Object({}, { default: {} }), start: fail })
  const box = await plant(t, [full, broken])
  const [one, other] = describe(box.host).features
  t.like(one, { name: 'full', state: 'running', words: { en: { hello: 'Hello' } } })
  t.deepEqual(Object.keys(one?.permissions ?? {}).sort(), ['full.manage', 'full.shout', 'full.view'])
  t.is(one?.routes[0]?.path, 'full/shout')
  t.is(one?.resources[0]?.kind, 'thing')
  t.like(other, { name: 'broken', state: 'failed' })
  t.truthy(other?.settings)
})

test('that problems changed is told', async t => {
  let wrong = false
  const moody = plain('moody', {
    start: () => ({
      problems: () => (wrong ? [{ code: 'moody.sad', severity: 'info', text: 'Sad.', remedy: 'Wait.' }] : []),
    }),
  })
  const box = await plant(t, [moody])
  wrong = true
  await box.passes('5s')
  t.deepEqual(box.facts('problems.changed'), [{ count: 1 }])
})
