import test from 'ava'
import { readPeer } from './peer.ts'

test('a peer is an address with a port, and all its processes', t => {
  t.deepEqual(readPeer('127.0.0.1:5060', ['12', '13']), { registrar: '127.0.0.1:5060', pids: [12, 13] })
})

test('a peer without port or process is refused, with what is missing', t => {
  t.throws(() => readPeer('127.0.0.1', ['12']), { message: /--peer 127.0.0.1: say it as HOST:PORT/ })
  t.throws(() => readPeer('127.0.0.1:5060', []), { message: /--pid/ })
  t.throws(() => readPeer('127.0.0.1:5060', ['asterisk']), { message: /--pid asterisk/ })
})
