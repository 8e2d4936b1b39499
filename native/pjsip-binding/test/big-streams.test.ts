// Messages far beyond what a datagram carries, on connections: whole and in pieces, both ways, over IPv4 and IPv6.
import test from 'ava'
import { Bench } from './bench.ts'
import { ring } from './call.ts'
import { identity } from './identity.ts'
import { header, method, status } from './message.ts'
import { until } from './phone.ts'

const certificates = identity()
const LONG = 'p'.repeat(1000)
/** Six kilobytes of what nobody reads. */
const padding = Array.from({ length: 6 }, (_, at) => ({ name: `X-Pad-${at}`, value: LONG }))

for (const host of ['127.0.0.1', '::1'] as const)
  for (const transport of ['tcp', 'tls'] as const)
    test.serial(
      `messages of six kilobytes pass whole between the box at ${host} and a phone on ${transport}`,
      async t => {
        const own = await certificates
        const bench = await Bench.start({ host, transports: ['udp', 'tcp', 'tls'] })
        t.teardown(() => bench.stop())
        bench.sip.setEncryption(own.encryption)
        const way =
          transport === 'tls'
            ? ({ transport, trust: { ca: own.authority.certificate, servername: 'box' } } as const)
            : { transport }
        const { phone, binding } = await bench.registered('202', way)
        bench.sip.invite({
          leg: 'big',
          target: { binding },
          from: { number: '201', name: '' },
          to: '202',
          media: { kind: 'box' },
          headers: padding,
          lane: 'new',
        })
        const invite = await phone.request('INVITE')
        t.deepEqual(
          padding.map(({ name }) => header(invite, name)),
          padding.map(() => LONG),
        )
        t.true(invite.body.includes('m=audio '), 'the description is behind it')
        // A long answer, and behind it a short one for another call: neither is lost.
        phone.reply(invite, 486, { tag: 'b', headers: padding.map(({ name, value }) => `${name}: ${value}`) })
        t.is((await bench.event('ended')).cause, 'busy')
        await phone.request('ACK')
        ring(bench, { leg: 'next', binding })
        phone.reply(await phone.request('INVITE'), 603, { tag: 'c' })
        t.is((await bench.event('ended')).cause, 'declined')
        // A long request in pieces that end in the middle of a line.
        const lines = [
          `OPTIONS sip:200@plant SIP/2.0`,
          `Via: SIP/2.0/${transport.toUpperCase()} phone.invalid:5060;branch=z9hG4bKbig`,
          'From: <sip:202@plant>;tag=big',
          'To: <sip:200@plant>',
          'Call-ID: in-pieces',
          'CSeq: 7 OPTIONS',
          'Max-Forwards: 70',
          ...padding.map(({ name, value }) => `${name}: ${value}`),
          'Content-Length: 0',
        ]
        const text = `${lines.join('\r\n')}\r\n\r\n`
        for (let at = 0; at < text.length; at += 701) {
          phone.sendRaw(text.slice(at, at + 701))
          // Not all in one packet: the next piece waits until the event loop has gone round.
          await new Promise(resolve => setImmediate(resolve))
        }
        const answer = await phone.next('an answer', m => method(m) === 'OPTIONS' && status(m) > 0)
        t.is(header(answer, 'Call-ID'), 'in-pieces')
        t.is(status(answer), 200)
        // The connection stays, and what belongs to it.
        await until('nothing is left of the calls', () => {
          const { legs, dialogs, transactions } = bench.sip.dump()
          return legs.length + dialogs + transactions === 0
        })
      },
    )
