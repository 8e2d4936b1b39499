// What is told of a phone that sends its callers elsewhere (3xx), and that nothing is sent there.
import test from 'ava'
import { benchOf } from './bench.ts'
import { ring } from './call.ts'
import { header } from './message.ts'

test.serial('places of a 302 are told in the order of q, with those that name the box', async t => {
  const bench = await benchOf(t)
  const { phone, binding } = await bench.registered('202')
  t.is(binding.domain, 'plant', 'as the phone signs in')
  ring(bench, { leg: 'out', binding })
  const offered = await phone.request('INVITE')
  const contact = [
    `<sip:301@plant>;q=0.2`,
    `"Gate, main" <sip:302@127.0.0.1:${bench.port};user=phone>;q=0.5`,
    '<tel:+1-313-555-0100>;q=0.5',
    '<sip:303@elsewhere.example>',
    '<sip:304%23@PLANT;transport=tcp>;q=0.9',
  ]
  const headers = [`Contact: ${contact.slice(0, 3).join(', ')}`, ...contact.slice(3).map(one => `m: ${one}`)]
  phone.reply(offered, 302, { tag: 'b', headers, contact: false })
  const ended = await bench.event('ended')
  t.deepEqual(
    ended.redirections?.map(({ number, here }) => `${number} ${here ? 'here' : 'elsewhere'}`),
    ['303 elsewhere', '304# here', '302 here', '+1-313-555-0100 here', '301 here'],
  )
  t.deepEqual([ended.cause, ended.status], ['redirected', 302])
  t.is(header(await phone.request('ACK'), 'CSeq').split(' ')[1], 'ACK')
  t.is(phone.inbox.length, 0)
  await bench.settled()
})

test.serial('a place with q=0 is the last of all, however that is written', async t => {
  const bench = await benchOf(t)
  const { phone, binding } = await bench.registered('202')
  ring(bench, { leg: 'out', binding })
  const headers = [
    'Contact: "q=1, the gate" <sip:301@plant;q=0.9>;q=0, <sip:302@plant>;q=0.1',
    'm: <sip:303@plant>;q=0.000,<sip:304@plant> ; Q=0.0 , <sip:305@plant>',
  ]
  phone.reply(await phone.request('INVITE'), 302, { tag: 'b', headers, contact: false })
  const { redirections } = await bench.event('ended')
  t.deepEqual(
    redirections?.map(({ number }) => number),
    ['305', '302', '301', '303', '304'],
  )
  await bench.settled()
})

for (const [what, headers] of [
  ['no contact', []],
  ['a star', ['Contact: *']],
  ['a mail address', ['Contact: <mailto:ann@plant>']],
  ['twenty places', Array.from({ length: 20 }, (_, at) => `Contact: <sip:3${at}@plant>`)],
] as const)
  test.serial(`a 302 with ${what} ends the call`, async t => {
    const bench = await benchOf(t)
    const { phone, binding } = await bench.registered('202')
    ring(bench, { leg: 'out', binding, media: { kind: 'box' } })
    phone.reply(await phone.request('INVITE'), 302, { tag: 'b', headers, contact: false })
    const ended = await bench.event('ended')
    t.is(ended.cause, 'redirected')
    t.true((ended.redirections ?? []).length <= 8)
    await bench.settled()
  })
