// Mail and web requests against real servers: taken, refused, silent, and with a certificate that nobody vouches for.
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo, Server } from 'node:net'
import { createServer as createSocketServer } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { SMTPServer } from 'smtp-server'
import type { MailOrder } from '../../kernel/courier.ts'
import { PbxError } from '../../kernel/errors.ts'
import { makeAuthority, makeLeaf } from '../http/certificate.ts'
import { courierBy } from './courier.ts'
import { Errands } from './errands.ts'
import { sendMail } from './mailing.ts'
import { post } from './posting.ts'
import { systemClock } from './system-clock.ts'

const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }

async function portOf(t: ExecutionContext, server: Server | SMTPServer): Promise<number> {
  await new Promise<void>(resolve => void server.listen(0, '127.0.0.1', resolve))
  t.teardown(() => new Promise<void>(resolve => void server.close(() => resolve())))
  const socket = server instanceof SMTPServer ? server.server : server
  return (socket.address() as AddressInfo).port
}

const refusal = async (t: ExecutionContext, work: Promise<unknown>) =>
  ((await t.throwsAsync(work, { instanceOf: PbxError })) as PbxError | undefined)?.message ?? ''

const mailTo = (port: number, more: Partial<MailOrder['server']> = {}): MailOrder => ({
  server: { host: '127.0.0.1', port, security: 'none', ...more },
  from: 'pbx@plant.example',
  to: 'lead@plant.example',
  subject: 'Plant: help',
  text: 'Help at Gate',
})

/** A mail server that keeps what it takes; its certificate is one that nobody knows. */
async function mailServer(t: ExecutionContext) {
  const taken: string[] = []
  const server = new SMTPServer({
    authOptional: true,
    logger: false,
    onRcptTo: ({ address }, _, done) => done(address.startsWith('gone') ? new Error('no such mailbox') : null),
    onData(stream, _, done) {
      let mail = ''
      stream.on('data', (part: Buffer) => {
        mail += part.toString()
      })
      stream.on('end', () => {
        taken.push(mail)
        done()
      })
    },
  })
  server.on('error', () => {
    // A client that does not believe the certificate leaves: that is what is tested.
  })
  return { taken, port: await portOf(t, server) }
}

test('a mail server takes a mail by an errand of its own, as it was written', async t => {
  const { taken, port } = await mailServer(t)
  const errands = new Errands({ clock: systemClock({ trusted: () => true }), log: silent })
  t.teardown(() => errands.close())
  await courierBy(errands).mail(mailTo(port))
  t.regex(taken[0] ?? '', /From: pbx@plant\.example\r\nTo: lead@plant\.example\r\nSubject: Plant: help/)
  t.regex(taken[0] ?? '', /\r\n\r\nHelp at Gate/)
})

test('what a mail server refuses is told in its words', async t => {
  const { taken, port } = await mailServer(t)
  t.regex(await refusal(t, sendMail({ ...mailTo(port), to: 'gone@plant.example' })), /no such mailbox/)
  t.is(taken.length, 0)
})

test('a mail server whose certificate nobody vouches for gets no mail', async t => {
  const { taken, port } = await mailServer(t)
  t.regex(await refusal(t, sendMail(mailTo(port, { security: 'starttls' }))), /did not take it: .*(certificate|self)/i)
  t.is(taken.length, 0)
})

test('servers that say nothing are given up and named', async t => {
  // It listens, so that it sees its clients go.
  const port = await portOf(
    t,
    createSocketServer(socket => void socket.resume().on('error', () => undefined)),
  )
  t.regex(await refusal(t, sendMail(mailTo(port), 200)), /Greeting never received|timed? ?out|Timeout/i)
  const order = { url: `http://127.0.0.1:${port}/`, headers: {}, body: '' }
  t.regex(await refusal(t, post(order, 200)), /did not answer in time/)
})

test('a web service takes what is posted, and what it refuses is told in its words', async t => {
  const got: string[] = []
  const server = createServer((asked, answer) => {
    asked.setEncoding('utf8').on('data', part => got.push(`${asked.headers.authorization} ${part}`))
    asked.on('end', () => answer.writeHead(asked.url === '/send' ? 202 : 302, { location: '/send' }).end('no credit'))
  })
  const port = await portOf(t, server)
  const order = { headers: { authorization: 'Bearer salt' }, body: '{"to":"+1"}' }
  await post({ url: `http://127.0.0.1:${port}/send`, ...order })
  t.deepEqual(got, ['Bearer salt {"to":"+1"}'])
  t.regex(await refusal(t, post({ url: `http://127.0.0.1:${port}/other`, ...order })), /answered 302 no credit/)
  t.is(got.length, 2, 'it is not followed elsewhere')
})

test('a web service over https is believed only with a certificate of those who may have signed it', async t => {
  const authority = await makeAuthority('plant', Date.now())
  const { certificate, key } = await makeLeaf(authority, ['127.0.0.1'], Date.now())
  let asked = 0
  const server = createTlsServer({ cert: certificate, key }, (_, answer) => {
    asked += 1
    answer.end()
  })
  const order = { url: `https://127.0.0.1:${await portOf(t, server)}/`, headers: {}, body: 'secret' }
  t.regex(await refusal(t, post(order)), /did not take it: .*certificate/i)
  t.is(asked, 0)
  await post({ ...order, authorities: authority.certificate })
  t.is(asked, 1)
})
