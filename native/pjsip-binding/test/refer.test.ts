// REFER in all its forms: with and without NOTIFYs, inside a call and outside any, and what is refused.
import test from 'ava'
import { type Bench, benchOf } from './bench.ts'
import { callUp, hangUp } from './call.ts'
import { header, type Message, status } from './message.ts'
import { Dialog, type Phone } from './phone.ts'

/** A REFER of 201 outside any call, with the right password. */
async function asks(phone: Phone, headers: readonly string[], o: { target?: string } = {}) {
  const localUri = `sip:${phone.account.user}@plant`
  const remoteUri = phone.uri(o.target ?? phone.account.user)
  const dialog = new Dialog(phone, {
    callId: `c${headers.join().length}`,
    localTag: 'asks',
    remoteUri,
    localUri,
    cseq: 0,
  })
  dialog.request('REFER', { headers })
  const proof = phone.authorize(await phone.response(401, 'REFER'), { method: 'REFER', uri: remoteUri })
  const branch = `z9hG4bK${Math.random()}`
  const again = () => dialog.request('REFER', { headers: [...headers, proof], cseq: 2, branch })
  again()
  return { dialog, again }
}

async function told(phone: Phone): Promise<Message> {
  const notify = await phone.request('NOTIFY')
  phone.reply(notify, 200)
  return notify
}

async function nothingLeft(bench: Bench): Promise<void> {
  await bench.settled()
  const left = () => bench.sip.dump().subscriptions + (bench.sip.dump().counters['requests-waiting'] ?? 0)
  const deadline = performance.now() + 20_000
  while (left() > 0 && performance.now() < deadline) await new Promise(resolve => setTimeout(resolve, 20))
  if (left() > 0) throw new Error(`left: ${JSON.stringify(bench.sip.dump())}`)
}

test.serial('in a call, Refer-Sub: false is granted, and nothing is told', async t => {
  const bench = await benchOf(t)
  const up = await callUp(bench)
  up.callerDialog.request('REFER', {
    headers: ['Refer-To: <sip:203@plant>', 'Refer-Sub: false', 'Require: norefersub'],
  })
  t.is(header(await up.a.response(202, 'REFER'), 'Refer-Sub'), 'false')
  const { request } = await bench.event('refer')
  bench.sip.respond(request, 180)
  bench.sip.respond(request, 200)
  await hangUp(bench, up)
  t.false(up.a.inbox.some(message => message.start.startsWith('NOTIFY')))
  await nothingLeft(bench)
})

for (const [code, what, headers] of [
  [400, 'no Refer-To', []],
  [400, 'two', ['Refer-To: <sip:203@plant>', 'r: <sip:204@plant>']],
  [400, 'an unfinished one', ['Refer-To: <sip:203']],
  [501, 'another method', ['Refer-To: <sip:203@plant;method=BYE>']],
] as const)
  test.serial(`a REFER with ${what} is refused with ${code}, inside a call and outside`, async t => {
    const bench = await benchOf(t)
    const up = await callUp(bench)
    up.callerDialog.request('REFER', { headers })
    t.is(status(await up.a.response(code, 'REFER')), code)
    await hangUp(bench, up)
    await asks(up.a, headers)
    t.is(status(await up.a.response(code, 'REFER')), code)
    t.false(bench.events.some(({ type }) => type === 'refer' || type === 'asked-to-call'))
    await nothingLeft(bench)
  })

test.serial('outside a call a phone is told how its call goes, and then nothing is left', async t => {
  const bench = await benchOf(t)
  const { phone } = await bench.registered('201')
  const { again } = await asks(phone, ['Refer-To: <sip:203@plant?Accept-Contact=x>'])
  const accepted = await phone.response(202, 'REFER')
  const { request, line, of, to } = await bench.event('asked-to-call')
  t.deepEqual([line, of, to], ['lin_201', '201', 'sip:203@plant'])
  const trying = await told(phone)
  t.regex(trying.body, /^SIP\/2.0 100 /)
  t.is(header(trying, 'Event').split(';')[0], 'refer')
  t.is(/tag=(\S+)/.exec(header(trying, 'From'))?.[1], /tag=(\S+)/.exec(header(accepted, 'To'))?.[1], 'one dialog')
  // A copy, as UDP makes them: answered alike, and the call is made once.
  again()
  await phone.response(202, 'REFER')
  bench.sip.respond(request, 180)
  t.regex((await told(phone)).body, /^SIP\/2.0 180 /)
  bench.sip.respond(request, 486)
  const over = await told(phone)
  t.regex(over.body, /^SIP\/2.0 486 /)
  t.regex(header(over, 'Subscription-State'), /terminated;reason=noresource/)
  t.false(bench.events.some(({ type }) => type === 'asked-to-call'))
  await nothingLeft(bench)
})

test.serial('outside a call Refer-Sub: false is granted too, once for all its copies', async t => {
  const bench = await benchOf(t)
  const { phone } = await bench.registered('201')
  const { again } = await asks(phone, ['Refer-To: <sip:203@plant>', 'Refer-Sub: false'])
  t.is(header(await phone.response(202, 'REFER'), 'Refer-Sub'), 'false')
  const { request } = await bench.event('asked-to-call')
  bench.sip.respond(request, 200)
  again()
  t.is(header(await phone.response(202, 'REFER'), 'Refer-Sub'), 'false')
  await nothingLeft(bench)
  t.false(bench.events.some(({ type }) => type === 'asked-to-call'))
  t.false(phone.inbox.some(message => message.start.startsWith('NOTIFY')))
})

test.serial('a stranger’s REFER is asked for a password and makes no call', async t => {
  const bench = await benchOf(t)
  const phone = await bench.phone('201', { secret: 'wrong' })
  await asks(phone, ['Refer-To: <sip:203@plant>'])
  await phone.response(401, 'REFER')
  t.false(bench.events.some(({ type }) => type === 'asked-to-call'))
  await nothingLeft(bench)
})

test.serial('who handed a call on is named in Referred-By', async t => {
  const bench = await benchOf(t)
  const { phone, binding } = await bench.registered('203')
  const order = {
    target: { binding },
    from: { number: '201', name: '' },
    to: '203',
    media: { kind: 'box' },
    lane: 'new',
  } as const
  bench.sip.invite({ leg: 'out', ...order, referredBy: '202' })
  const offered = await phone.request('INVITE')
  t.is(header(offered, 'Referred-By'), '<sip:202@127.0.0.1>')
  phone.reply(offered, 486, { tag: 'b' })
  await bench.event('ended')
  await nothingLeft(bench)
})
