// The board page: what can be done to an input follows from its wiring, and what happens is told.
import test from 'ava'
import type { Feature, Route } from '../../../kernel/feature.ts'
import { createWebHost } from '../../../testkit/web-host.ts'
import { board } from './feature.ts'
import { operationsOf } from './operations.ts'

const clock = {
  now: () => 0,
  since: () => 0,
  trusted: true,
  after: () => () => {},
  every: () => () => {},
  sleep: () => new Promise<void>(() => {}),
}
const who = { by: 'console', name: 'root' } as const

async function start() {
  const host = await createWebHost({ features: [board] as unknown as Feature<never, unknown>[], clock })
  const facts: string[] = []
  host.box.observe(({ name, fact }) => facts.push(`${name} ${JSON.stringify(fact)}`))
  const routes = host.box.describe().features[0]?.routes as unknown as readonly Route<unknown, unknown>[]
  const run = async (path: string, input: unknown = {}) => routes.find(route => route.path === path)?.run(input, who)
  return { host, facts, run }
}

test('a wire that can be cut or shorted can be so here; a module has no such wire', t => {
  t.true(operationsOf({ kind: 'normally-closed', line: 'a' }).includes('short'))
  t.false(operationsOf({ kind: 'module', bus: 'b', address: 1, register: 1 }).includes('short'))
})

test('pressing a simulated button reaches the board and is told as a fact', async t => {
  const { host, facts, run } = await start()
  await run('board/operate', { input: 'in-1', how: 'press' })
  t.deepEqual(host.board.commands, [{ do: 'operate', input: 'in-1', how: 'press' }])
  t.deepEqual(facts, ['board.input-changed {"input":"in-1","state":"pressed"}'])
  const state = (await run('board/state')) as { simulated: boolean; inputs: { id: string; state: string }[] }
  t.true(state.simulated)
  t.is(state.inputs[0]?.state, 'pressed')
})

test('a fault that the wiring can tell is a problem with its remedy, and so is a board that is away', async t => {
  const { host, run } = await start()
  await run('board/operate', { input: 'in-6', how: 'short' })
  t.is(host.box.describe().problems[0]?.code, 'board.input-fault:in-6')
  host.board.disconnect()
  t.is(host.box.describe().problems[0]?.severity, 'danger')
  const error = await t.throwsAsync(run('board/operate', { input: 'in-1', how: 'press' }))
  t.is((error as { code?: string }).code, 'board.away')
})

test('an input that is not there is refused by name', async t => {
  const { run } = await start()
  const error = await t.throwsAsync(run('board/operate', { input: 'in-99', how: 'press' }))
  t.truthy((error as unknown as { fields: Record<string, string> }).fields.input)
})

test('an output that does not take its level is a danger by its name, and shown until it does', async t => {
  const { host, run } = await start()
  host.board.breaks('strobe-1', 'switched on, but its feedback contact does not close')
  const [problem] = host.box.describe().problems
  t.is(problem?.code, 'board.output-fault:strobe-1')
  t.is(problem?.severity, 'danger')
  t.regex(problem?.text ?? '', /Strobe 1.*does not close/)
  const state = (await run('board/state')) as { outputs: { id: string; fault?: string }[] }
  t.regex(state.outputs.find(one => one.id === 'strobe-1')?.fault ?? '', /does not close/)
  host.board.breaks('strobe-1', undefined)
  t.deepEqual(host.box.describe().problems, [])
})
