import test from 'ava'
import { toAskAgain } from './second-asking.ts'

const FILES = [
  'hw-tests/calls/lamps.test.ts',
  'hw-tests/phones/baresip.test.ts',
  'hw-tests/calls/baresip.test.ts',
  'hw-tests/emergency/911.test.ts',
  'native/pjsip-binding/test/session.test.ts',
  'native/pjsip-binding/test/udp.test.ts',
]

test('a test that failed is asked again with its file, whatever part of the path its title tells', t => {
  t.deepEqual(toAskAgain(['calls › baresip › two talk', 'calls › baresip › one holds'], FILES), [
    { file: 'hw-tests/calls/baresip.test.ts', titles: ['calls › baresip › two talk', 'calls › baresip › one holds'] },
  ])
  t.deepEqual(toAskAgain(['session › a phone vanishes'], FILES), [
    { file: 'native/pjsip-binding/test/session.test.ts', titles: ['session › a phone vanishes'] },
  ])
})

test('nothing is asked again when a test of the safety path failed, too many did, or no test can be named', t => {
  t.deepEqual(toAskAgain(['calls › lamps › a lamp', 'emergency › 911 › the guard is reached'], FILES), [])
  t.deepEqual(toAskAgain(['udp › a call for help is read first'], FILES), [])
  t.deepEqual(toAskAgain(['calls › lamps › a', 'calls › lamps › b', 'calls › lamps › c'], FILES), [])
  t.deepEqual(toAskAgain(['real phones, real processes: the runner ended with SIGKILL'], FILES), [])
})
