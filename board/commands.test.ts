// Commands of clients: understood whole, or refused with the field at fault.

import test from 'ava'
import fc from 'fast-check'
import { namesOf, obeyLine } from './commands.ts'
import type { ToBoard } from './protocol.ts'
import { REFLEX, TEST_PROFILE } from './testkit/test-board.ts'

const names = namesOf(TEST_PROFILE)
const PRESS = { box: 'box-1', epoch: 'e', sequence: 1 }

function say(value: unknown): { obeyed: ToBoard[]; why: string | undefined } {
  const obeyed: ToBoard[] = []
  const answer = obeyLine(typeof value === 'string' ? value : JSON.stringify(value), names, c => void obeyed.push(c))
  return { obeyed, why: answer?.say === 'refused' ? answer.why : undefined }
}

const GOOD: readonly ToBoard[] = [
  { do: 'load', table: { hash: 'h', reflexes: [REFLEX] } },
  { do: 'acknowledge', press: PRESS, alarm: 'alm_1' },
  { do: 'audio-leaving', press: PRESS },
  {
    do: 'drive',
    output: 'strobe-1',
    owner: 'alm_1',
    priority: 5,
    pattern: { kind: 'blink', onMilliseconds: 500, offMilliseconds: 500 },
  },
  { do: 'release', owner: 'alm_1', presses: [PRESS] },
  { do: 'speak', amplifier: 'hall', owner: 'page', priority: 5, ssrc: 0xffff_ffff },
  { do: 'silence', amplifier: 'hall', owner: 'page' },
  { do: 'operate', input: 'in-1', how: 'press' },
]
for (const command of GOOD) {
  test(`${command.do} is understood whole`, t => {
    t.deepEqual(say(command), { obeyed: [command], why: undefined })
  })
}

test('a terminal that the board does not have is named', t => {
  t.is(say({ do: 'drive', output: 'strobe-9' }).why, 'output: there is no output strobe-9')
  const table = { hash: 'h', reflexes: [{ ...REFLEX, outputs: [{ output: 'lamp', pattern: { kind: 'steady' } }] }] }
  t.is(say({ do: 'load', table }).why, 'table.reflexes[0].outputs[0].output: there is no output lamp')
})

test('whatever a client says, it is obeyed whole or refused, and never throws', t => {
  const anything = fc.oneof(
    fc.string(),
    fc.json(),
    fc.record({ do: fc.constantFrom(...GOOD.map(c => c.do)) }, { noNullPrototype: true }),
  )
  fc.assert(
    fc.property(anything, value => {
      const { obeyed, why } = say(value)
      return obeyed.length === 1 || (why !== undefined && why !== '')
    }),
    { numRuns: 500 },
  )
  t.pass()
})
