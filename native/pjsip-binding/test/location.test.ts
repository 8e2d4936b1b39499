// Where a caller for help is goes beside the description (RFC 6442), and both can be read.
import test from 'ava'
import { benchOf } from './bench.ts'
import { header, method } from './message.ts'
import { Phone } from './phone.ts'

const PLACE = '<?xml version="1.0"?>\r\n<presence><x>Hall 3 &#38; more</x></presence>'

test.serial('an INVITE with a place has two parts, and a header that names the second', async t => {
  const bench = await benchOf(t)
  const carrier = await Phone.open({ server: bench, account: { user: 'psap', secret: 'of-carrier' } })
  t.teardown(() => carrier.close())
  const via = { family: 4, host: '127.0.0.1', port: carrier.sipPort, transport: 'udp' } as const
  const order = {
    leg: 'help',
    target: { uri: `sip:911@127.0.0.1:${carrier.sipPort}`, via },
    from: { number: '+18105550911', name: '' },
    to: '911',
    media: { kind: 'box' },
    lane: 'emergency',
    location: PLACE,
  } as const
  bench.sip.invite({ ...order, credentials: { username: 'psap', secret: 'of-carrier' } })
  // With a password it is sent twice, whole each time.
  const first = await carrier.request('INVITE')
  carrier.reply(first, 401, {
    tag: 'a',
    headers: ['WWW-Authenticate: Digest realm="carrier", nonce="n", algorithm=MD5, qop="auth"'],
  })
  const proven = await carrier.next(
    'an INVITE with a password',
    m => method(m) === 'INVITE' && header(m, 'Authorization') !== '',
  )
  for (const invite of [first, proven]) {
    const [, boundary = ''] = /^multipart\/mixed; ?boundary="?([^"]+?)"?$/.exec(header(invite, 'Content-Type')) ?? []
    t.not(boundary, '')
    const parts = invite.body.split(`--${boundary}`)
    t.deepEqual([parts.length, parts[0], parts[3]], [4, '', '--\r\n'])
    t.regex(parts[1] ?? '', /^\r\nContent-Type: application\/sdp\r\n\r\nv=0\r\n[\s\S]*m=audio [\s\S]*\r\n$/)
    const [head = '', body] = (parts[2] ?? '').split('\r\n\r\n')
    t.regex(head, /Content-Type: application\/pidf\+xml/)
    t.is(body, `${PLACE}\r\n`)
    const [, id] = /Content-ID: <([^>]+)>/.exec(head) ?? []
    t.is(header(invite, 'Geolocation'), `<cid:${id}>`)
    t.is(header(invite, 'Geolocation-Routing'), 'yes')
    if (invite !== first) carrier.reply(invite, 486, { tag: 'b' })
  }
  t.is((await bench.event('ended')).cause, 'busy')
  await bench.settled()
})
