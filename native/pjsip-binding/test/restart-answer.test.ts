// The process dies between an answer and everything else: whatever an answer says is in the record before it leaves.
import test, { type ExecutionContext } from 'ava'
import { dies } from './crash-scene.ts'
import { until } from './phone.ts'
import { RecordPipe } from './record-pipe.ts'
import { inLegOf, restarted, type Up, up } from './restart-stage.ts'

interface Held {
  readonly call: Up
  readonly pipe: RecordPipe
}

const holds = ({ caller, a }: Up, method: 'INVITE' | 'UPDATE') => {
  const body = a.sdp({ formats: '8 101', direction: 'sendonly', version: 2 })
  if (method === 'INVITE') caller.invite({ body })
  else caller.request('UPDATE', { body, type: 'application/sdp' })
}

/** Each leaves the box at work on the answer, with its records held back. */
const asked = {
  'a hold that the other phone has taken': async ({ call, pipe }: Held) => {
    holds(call, 'INVITE')
    const passed = await call.b.request('INVITE')
    await until('the round to be over', () => pipe.text.includes('owed=refusal'))
    pipe.holdBack()
    call.b.reply(passed, 200, { body: call.b.sdp({ formats: '8 101', direction: 'recvonly', version: 2 }) })
  },
  'a hold of who hears the box': async ({ call, pipe }: Held) => {
    await call.s.orders({ name: 'unbridge', words: [inLegOf(call)] })
    await until('the end of the bridge', () => /partner=\s/.test(pipe.text))
    pipe.holdBack()
    holds(call, 'INVITE')
  },
  'a hold by UPDATE of who hears the box': async ({ call, pipe }: Held) => {
    await call.s.orders({ name: 'unbridge', words: [inLegOf(call)] })
    await until('the end of the bridge', () => /partner=\s/.test(pipe.text))
    pipe.holdBack()
    holds(call, 'UPDATE')
  },
}

async function withPipe(t: ExecutionContext): Promise<Held> {
  const pipes: RecordPipe[] = []
  const call = await up(t, 'udp', { prepare: directory => void pipes.push(new RecordPipe(directory)) })
  const [pipe] = pipes
  if (pipe === undefined) throw new Error('nothing was prepared')
  return { call, pipe }
}

for (const [what, asks] of Object.entries(asked))
  test.serial(`the answer to ${what} leaves when it is kept, and not before`, async t => {
    const held = await withPipe(t)
    const { call, pipe } = held
    const method = what.includes('UPDATE') ? 'UPDATE' : 'INVITE'
    await asks(held)
    await until('the box to keep it', () => pipe.isHeldBack(call.s.child.pid ?? 0))
    t.false(call.a.inbox.some(({ start }) => start.includes(' 200 ')))
    await until('it to be kept', () => pipe.text.includes('held=1'))
    await call.a.response(200, method)
    await dies(call.s.child)
    // In one write with the answer itself, where that is kept to be repeated.
    pipe.becomesFile(method === 'INVITE' ? 'owed=answer' : 'held=1')
    const { restored } = await restarted(t, call)
    t.true(restored.find(({ leg }) => leg === inLegOf(call))?.held)
  })
