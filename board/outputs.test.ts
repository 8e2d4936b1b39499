// Outputs that do not do what they are told, contacts that say so, and the lamp test.
import test from 'ava'
import type { Amplifier, Output, Pattern } from './protocol.ts'
import { REFLEX, startTestBoard, TEST_PROFILE } from './testkit/test-board.ts'

const DEBOUNCE = 15

test('an output that does not take its level is a fault, and is set again every second until it does', async t => {
  const board = await startTestBoard()
  const state = () =>
    board.said.flatMap(m => (m.say === 'output' && m.output.output === 'strobe-2' ? [m.output] : [])).at(-1)
  board.jammed.add('do-2')
  board.tell({ do: 'drive', output: 'strobe-2', owner: 'alm_1', priority: 1, pattern: { kind: 'steady' } })
  t.deepEqual(state(), { output: 'strobe-2', on: true, owner: 'alm_1', fault: 'the test jammed it' })
  t.deepEqual(
    board.said.findLast(m => m.say === 'driven'),
    {
      say: 'driven',
      output: 'strobe-2',
      owner: 'alm_1',
      fault: 'the test jammed it',
    },
  )
  board.clock.advance(3500)
  t.false(board.lines.get('do-2'))
  board.jammed.delete('do-2')
  board.clock.advance(1000)
  t.true(board.lines.get('do-2'))
  t.deepEqual(state(), { output: 'strobe-2', on: true, owner: 'alm_1' })
  board.kill()
})

test('an output that is read back is answered for by its contact, blinking or steady', async t => {
  const strobe = { ...TEST_PROFILE.outputs[0], id: 'strobe-1', label: 'Strobe 1', feedback: 'di-9' } as Output
  const board = await startTestBoard({
    profile: { ...TEST_PROFILE, outputs: [strobe, ...TEST_PROFILE.outputs.slice(1)] },
  })
  const answer = () => board.said.findLast(m => m.say === 'driven')
  const drive = (pattern: Pattern) =>
    board.tell({ do: 'drive', output: 'strobe-1', owner: 'alm_1', priority: 1, pattern })
  board.reading('di-9', 0)
  board.clock.advance(200)
  drive({ kind: 'steady' })
  t.is(answer(), undefined, 'its contact has not moved yet')
  board.reading('di-9', 1)
  board.clock.advance(200)
  t.deepEqual(answer(), { say: 'driven', output: 'strobe-1', owner: 'alm_1' })
  board.reading('di-9', 0)
  board.clock.advance(200)
  const fault = 'switched on, but its feedback contact does not close'
  t.deepEqual(board.said.at(-1), { say: 'output', output: { output: 'strobe-1', on: true, owner: 'alm_1', fault } })
  board.tell({ do: 'release', owner: 'alm_1', presses: [] })
  board.clock.advance(200)
  t.deepEqual(board.said.at(-1), { say: 'output', output: { output: 'strobe-1', on: false } })
  board.reading('di-9', 'silent')
  board.clock.advance(200)
  t.deepEqual(board.said.at(-1), {
    say: 'output',
    output: { output: 'strobe-1', on: false, fault: 'its feedback contact cannot be read' },
  })
  board.kill()
})

test('an amplifier whose contact opens is a problem until it closes', async t => {
  const hall = { ...TEST_PROFILE.amplifiers[0], id: 'hall', label: 'Hall', healthy: 'di-8' } as Amplifier
  const board = await startTestBoard({ profile: { ...TEST_PROFILE, amplifiers: [hall] } })
  const told = () => board.said.findLast(m => m.say === 'problem' && m.code === 'board.amplifier:hall')
  board.reading('di-8', 1)
  t.is(told(), undefined)
  board.reading('di-8', 0)
  t.like(told(), { solved: false, text: 'The amplifier Hall reports a fault, or has no power: nobody may hear it.' })
  board.reading('di-8', 1)
  t.like(told(), { solved: true })
  board.kill()
})

test('a lamp test lights strobes for ten seconds and leaves relays; a press ends it at once, and while one lives it does nothing', async t => {
  const board = await startTestBoard()
  board.tell({ do: 'load', table: { hash: 'h1', reflexes: [REFLEX] } })
  const lit = () => ['do-1', 'do-2', 'do-3'].map(line => board.lines.get(line))
  board.tell({ do: 'lamp-test' })
  t.deepEqual(lit(), [true, true, false])
  board.clock.advance(10_000)
  t.deepEqual(lit(), [false, false, false])
  board.tell({ do: 'lamp-test' })
  board.move('in-1', 'press')
  board.clock.advance(DEBOUNCE)
  t.deepEqual(lit().slice(0, 2), [true, false])
  board.tell({ do: 'lamp-test' })
  t.is(board.lines.get('do-2'), false)
  board.kill()
})
