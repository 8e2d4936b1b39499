import test from 'ava'
import { observeInput } from './input.ts'
import { createFakeClock } from './testkit/fake-clock.ts'

test('a held button counts also where timers come a fraction of a millisecond early', t => {
  const clock = createFakeClock()
  const early = {
    ...clock,
    after: (milliseconds: number, work: () => void) => clock.after(Math.max(0.1, milliseconds - 0.6), work),
  }
  const presses: number[] = []
  const input = observeInput({
    input: {
      id: 'in-1',
      label: 'Press line',
      wiring: { kind: 'normally-closed', line: 'di-1' },
      debounceMilliseconds: 5,
    },
    clock: early,
    debounced: true,
    holdMilliseconds: () => 5000,
    pressed: at => void presses.push(at),
    heldBefore: () => false,
    letGo: () => t.fail('the hand stayed'),
    changed: () => undefined,
  })
  input.reading('di-1', 1, clock.since())
  clock.advance(100)
  const at = clock.since()
  input.reading('di-1', 0, at)
  clock.advance(4999)
  t.deepEqual(presses, [])
  clock.advance(2)
  t.deepEqual(presses, [at + 5000])
  clock.advance(10_000)
  t.is(presses.length, 1)
  input.close()
})
