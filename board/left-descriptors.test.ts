import test from 'ava'
import { leftDescriptors } from './left-descriptors.ts'

function scene(environment: Record<string, string>) {
  const said: unknown[][] = []
  const closed: number[] = []
  const left = leftDescriptors({
    environment,
    pid: 77,
    notify: (...words) => void said.push(words),
    close: descriptor => void closed.push(descriptor),
  })
  return { left, said, closed }
}

const THREE = { LISTEN_PID: '77', LISTEN_FDS: '3', LISTEN_FDNAMES: 'in:out:in' }

test('what the run before left is claimed once, by name; of two of one name the later', t => {
  const { left, closed } = scene(THREE)
  t.deepEqual([left.claim('in'), left.claim('out'), left.claim('in')], [5, 4, undefined])
  t.deepEqual(closed, [3])
})

test('what is meant for another process is not touched', t => {
  const { left, closed } = scene({ ...THREE, LISTEN_PID: '76' })
  t.is(left.claim('in'), undefined)
  t.deepEqual(closed, [])
})

test('what nobody wants is closed and forgotten, so that its lines are free', t => {
  const { left, said, closed } = scene(THREE)
  for (const _twice of [1, 2]) left.forgetAllBut(new Set(['in']))
  t.deepEqual(closed, [3, 4])
  t.deepEqual(said, [['FDSTOREREMOVE=1\nFDNAME=out']])
  t.is(left.claim('in'), 5)
})

test('a descriptor is left with its name', t => {
  const { left, said } = scene({})
  left.keep('lines-1', 9)
  t.deepEqual(said, [['FDSTORE=1\nFDNAME=lines-1', 9]])
})
