// What the board does by itself, compiled from plans and buttons.
import test from 'ava'
import { type BoardPlan, outputsOf, reflexTable } from './reflex-table.ts'

const message = {
  sound: { file: '/a.wav', sha256: 'a' },
  amplifiers: ['amplifier-1'],
  repeats: 3,
  gapMilliseconds: 2000,
}
const plan = (o: Partial<BoardPlan> = {}): BoardPlan => ({
  id: 'pln_fire',
  severity: 'life-safety',
  silent: false,
  steps: [
    { kind: 'strobe', params: { outputs: ['strobe-1'], blink: true } },
    { kind: 'relay', params: { outputs: ['relay-1'] } },
    { kind: 'notify', params: {} },
  ],
  message,
  ...o,
})
const wires = [
  { input: 'in-2', plan: 'pln_fire', lamp: 'lamp-2' },
  { input: 'in-1', plan: 'pln_fire' },
]

test('a press drives the outputs of its plan, blinks the lamp of its button, and has a message', t => {
  const { reflexes } = reflexTable(wires, new Map([['pln_fire', plan()]]))
  t.deepEqual(
    reflexes.map(reflex => [reflex.input, reflex.outputs.map(one => one.output)]),
    [
      ['in-1', ['strobe-1', 'relay-1']],
      ['in-2', ['strobe-1', 'relay-1', 'lamp-2']],
    ],
  )
  t.deepEqual(reflexes[0]?.message, message)
})

test('the hash names the content, in whatever order buttons and plans came', t => {
  const plans = new Map([['pln_fire', plan()]])
  const { hash } = reflexTable(wires, plans)
  t.is(reflexTable([...wires].reverse(), plans).hash, hash)
  t.not(reflexTable(wires, new Map([['pln_fire', plan({ severity: 'urgent' })]])).hash, hash)
})

test('a silent plan lights no lamp and has no message; a button without a plan is left to the box', t => {
  const silent = plan({ silent: true, steps: [{ kind: 'relay', params: { outputs: ['relay-1'] } }] })
  const { reflexes } = reflexTable(wires, new Map([['pln_fire', silent]]))
  t.deepEqual(
    reflexes[1]?.outputs.map(one => one.output),
    ['relay-1'],
  )
  t.is(reflexes[1]?.message, undefined)
  t.deepEqual(reflexTable(wires, new Map()).reflexes, [])
})

test('a graver plan has the stronger hand', t => {
  const strength = (severity: BoardPlan['severity']) =>
    reflexTable(wires, new Map([['pln_fire', plan({ severity })]])).reflexes[0]?.priority ?? 0
  t.true(strength('notice') < strength('urgent') && strength('urgent') < strength('critical'))
  t.true(strength('critical') < strength('life-safety'))
})

test('parameters that are no outputs drive nothing', t => {
  t.deepEqual(outputsOf({ kind: 'strobe', params: {} }), [])
  t.deepEqual(outputsOf({ kind: 'strobe', params: { outputs: [7] } }), [])
})
