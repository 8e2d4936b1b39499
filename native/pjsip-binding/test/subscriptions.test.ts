// Lamps on loopback: what RFC 6665 asks of a notifier, byte for byte, a switch that is started anew, and a thousand of them.
import test from 'ava'
import type { Subscription } from '../../../firmware/kernel/call/sip-port.ts'
import { type Bench, benchOf, TIMERS } from './bench.ts'
import { header, method, status } from './message.ts'
import { type Phone, until } from './phone.ts'
import { Watch } from './watch.ts'

const PATIENCE = 60_000
/** A machine that stands still for seconds must not look like a phone that does not answer. */
const PATIENT = { timers: { ...TIMERS, td: 20_000 } }
const state = (word: string) => ({ contentType: 'application/x-state', body: `${word} {version}` })

/** Until something holds; the lamps answer meanwhile. */
async function lit(what: string, watches: readonly Watch[], holds: () => boolean): Promise<void> {
  const phones = new Map<Phone, Watch[]>()
  for (const watch of watches) phones.set(watch.phone, [...(phones.get(watch.phone) ?? []), watch])
  const look = () => {
    for (const watch of watches) watch.goesOn()
    for (const [phone, own] of phones) {
      const rest = phone.inbox.splice(0).filter(message => !own.some(watch => watch.takes(message)))
      phone.inbox.push(...rest)
    }
    return holds()
  }
  await until(what, look, PATIENCE)
}

/** A lamp that was granted and has its first state. */
async function lamp(bench: Bench, o: { user?: string; transport?: 'udp' | 'tcp'; headers?: readonly string[] } = {}) {
  bench.sip.setEventPackages(['dialog', 'presence'])
  const { phone } = await bench.registered(o.user ?? '201', o.transport ? { transport: o.transport } : {})
  const watch = new Watch(phone, { package: 'dialog', target: '202', ...(o.headers && { headers: o.headers }) })
  watch.subscribes()
  let granted: Subscription | undefined
  await lit('a SUBSCRIBE', [watch], () => {
    const at = bench.events.findIndex(event => event.type === 'subscribed')
    const [event] = at < 0 ? [] : bench.events.splice(at, 1)
    if (event?.type === 'subscribed') granted = event.subscription
    return granted !== undefined
  })
  if (!granted) throw new Error('nobody subscribed')
  bench.sip.notify([granted.id], state('idle'))
  await lit('the first state', [watch], () => watch.told.length === 1 && watch.answers.length === 1)
  return { phone, watch, subscription: granted }
}

test.serial('what is granted, refused and repeated, as RFC 6665 has it', async t => {
  const bench = await benchOf(t, PATIENT)
  const { phone, watch, subscription } = await lamp(bench, { headers: ['Accept: application/dialog-info+xml'] })
  const granted = watch.answers[0]
  t.is(granted && status(granted), 200)
  t.true(Number(granted && header(granted, 'Expires')) > 500)
  t.regex(watch.state, /^active;expires=\d+$/)
  t.is(watch.notified[0] && header(watch.notified[0], 'Event'), 'dialog')
  t.deepEqual(subscription.accept, ['application/dialog-info+xml'])

  // The answer was lost: the same again, and no second NOTIFY.
  watch.repeats()
  await lit('the answer once more', [watch], () => watch.answers.length === 2)
  t.is(watch.answers[1] && header(watch.answers[1], 'To'), granted && header(granted, 'To'))
  t.is(bench.sip.dump().subscriptions, 1)

  watch.subscribes(5)
  await lit('too brief', [watch], () => watch.answers.length === 3)
  t.is(watch.answers[2] && status(watch.answers[2]), 423)
  t.is(watch.answers[2] && header(watch.answers[2], 'Min-Expires'), '30')

  const unknown = new Watch(phone, { package: 'weather', target: '202' })
  unknown.subscribes()
  await lit('an unknown package', [unknown], () => unknown.answers.length === 1)
  t.is(unknown.answers[0] && header(unknown.answers[0], 'Allow-Events'), 'dialog, presence')

  const stray = new Watch(phone, { package: 'dialog', target: '202' })
  stray.remoteTag = 'never-given'
  stray.subscribes()
  await lit('a dialog that is not there', [stray], () => stray.answers.length === 1)
  t.is(stray.answers[0] && status(stray.answers[0]), 481)

  // Somebody else may not touch it, not even with a good password of his own.
  const thief = (await bench.registered('203')).phone
  const taking = new Watch(thief, { package: 'dialog', target: '202' })
  Object.assign(taking, { callId: watch.callId, localTag: watch.localTag, remoteTag: watch.remoteTag, cseq: 50 })
  taking.subscribes(0)
  await lit('a refusal', [taking], () => taking.answers.length === 1)
  t.is(taking.answers[0] && status(taking.answers[0]), 403)
  t.is(watch.told.length, 1)
  await bench.sip.stop()
})

test.serial('one NOTIFY is on its way at a time, and the newest state is the next', async t => {
  const bench = await benchOf(t, PATIENT)
  const { watch, subscription } = await lamp(bench)
  watch.answersWith = 0
  bench.sip.notify([subscription.id], state('one'))
  await lit('the one', [watch], () => watch.told.includes('one 2'))
  for (const word of ['two', 'three', 'four']) bench.sip.notify([subscription.id], state(word))
  const waiting = watch.notified.at(-1)
  watch.answersWith = 200
  if (waiting) watch.phone.reply(waiting, 200)
  await lit('the newest', [watch], () => watch.told.includes('four 3'))
  t.false(watch.told.some(body => /two|three/.test(body)))
  await bench.sip.stop()
})

for (const refusal of [481, 0])
  test.serial(`a phone that answers a NOTIFY with ${refusal || 'nothing'} watches no more`, async t => {
    const bench = await benchOf(t, refusal === 0 ? {} : PATIENT)
    const { watch, subscription } = await lamp(bench)
    watch.answersWith = refusal
    bench.sip.notify([subscription.id], state('gone'))
    const over = () => bench.events.some(event => event.type === 'unsubscribed' && event.why === 'gone')
    await lit('the end', [watch], over)
    t.is(bench.sip.dump().subscriptions, 0)
    watch.subscribes()
    await lit('481', [watch], () => watch.answers.length === 2)
    t.is(watch.answers[1] && status(watch.answers[1]), 481)
    await bench.settled()
  })

test.serial('a fetch is answered once; a phone that leaves gets the last state', async t => {
  const bench = await benchOf(t, PATIENT)
  const { phone, watch } = await lamp(bench)
  watch.subscribes(0)
  await lit('the last', [watch], () => watch.state === 'terminated;reason=timeout')
  t.regex(watch.told.at(-1) ?? '', /^idle/)
  const fetch = new Watch(phone, { package: 'presence', target: '202' })
  fetch.subscribes(0)
  await lit('who asks', [fetch], () => bench.events.some(event => event.type === 'subscribed'))
  const asked = await bench.event('subscribed', event => event.subscription.package === 'presence')
  bench.sip.notify([asked.subscription.id], state('open'))
  await lit('the state', [fetch], () => fetch.told.length === 1)
  t.is(fetch.state, 'terminated;reason=timeout')
  t.is(bench.events.filter(event => event.type === 'unsubscribed').length, 2)
  await bench.settled()
})

test.serial('a switch that is started anew goes on where it was told, with higher numbers', async t => {
  const bench = await benchOf(t, PATIENT)
  const { watch, subscription } = await lamp(bench)
  bench.sip.notify([subscription.id], state('rings'))
  await lit('the next', [watch], () => watch.told.length === 2)
  await bench.sip.stop({ keep: true })
  bench.sip.setSubscriptions([{ ...subscription, notified: subscription.notified + 1000 }])
  await bench.sip.start(bench.config)
  bench.sip.notify([subscription.id], state('talks'))
  await lit('the state after the restart', [watch], () => watch.told.at(-1) === 'talks 1001')
  watch.subscribes()
  await lit('a refresh', [watch], () => watch.told.at(-1) === 'talks 1002' && watch.answers.length === 2)
  t.is(watch.answers[1] && status(watch.answers[1]), 200)
  await bench.sip.stop()
})

test.serial('a phone behind a connection that broke is told when it is back on another', async t => {
  const bench = await benchOf(t, { ...PATIENT, transports: ['udp', 'tcp'] })
  const { phone, watch, subscription } = await lamp(bench, { transport: 'tcp' })
  bench.phones.splice(bench.phones.indexOf(phone), 1)
  phone.close()
  // Nobody is called on the port that the phone called from: it has no ear there.
  await bench.event('qualified', event => event.line === subscription.line && !event.reachable)
  bench.sip.notify([subscription.id], state('lost'))
  const { phone: again } = await bench.registered('201', { transport: 'tcp' })
  Object.assign(watch, { phone: again })
  await lit('the state', [watch], () => watch.told.some(body => body.startsWith('lost')))
  t.is(bench.events.filter(event => event.type === 'unsubscribed').length, 0)
  await bench.sip.stop()
})

test.serial('an INVITE that names a leg the way a lamp was told it takes that leg, while it rings', async t => {
  const bench = await benchOf(t, PATIENT)
  const callee = await bench.registered('202')
  bench.sip.invite({
    leg: 'leg_ringing',
    target: { binding: callee.binding },
    from: { number: '203', name: '' },
    to: '202',
    media: { kind: 'box' },
    lane: 'new',
  })
  const rung = await callee.phone.request('INVITE')
  callee.phone.reply(rung, 180, { tag: 'ringing' })
  const { phone } = await bench.registered('201')
  const dialog = await phone.invite('202', { headers: ['Replaces: leg_ringing;to-tag=a;from-tag=b'] })
  const invite = await bench.event('invite')
  t.deepEqual(invite.replaces, { leg: 'leg_ringing', earlyOnly: true })
  dialog.cancel()
  dialog.ackOf(await phone.response(487, 'INVITE'))
  // Too late, somebody else has it: the phone must not ring once more for who wanted to spare it that.
  bench.sip.hangup('leg_ringing', 'cancelled')
  callee.phone.reply(await callee.phone.request('CANCEL'), 200)
  callee.phone.reply(rung, 487, { tag: 'ringing' })
  await bench.event('ended', e => e.leg === 'leg_ringing')
  const late = await phone.invite('202', { headers: ['Replaces: leg_ringing;to-tag=a;from-tag=b'] })
  late.ackOf(await phone.response(481, 'INVITE'))
  t.false(bench.events.some(event => event.type === 'invite'))
  await bench.sip.stop()
})

test.serial(
  'a thousand watchers of one line are all told, and an INVITE in their midst does not wait for them',
  async t => {
    const bench = await benchOf(t, PATIENT)
    bench.sip.setEventPackages(['dialog'])
    const phones = await Promise.all(['201', '202'].map(async user => (await bench.registered(user)).phone))
    const watches = phones.flatMap(phone =>
      Array.from({ length: 500 }, () => new Watch(phone, { package: 'dialog', target: '203' })),
    )
    const ids: string[] = []
    const granted = () => {
      for (let at = bench.events.findIndex(is); at >= 0; at = bench.events.findIndex(is)) {
        const [event] = bench.events.splice(at, 1)
        if (event?.type === 'subscribed') ids.push(event.subscription.id)
      }
      return ids.length
    }
    const is = (event: { readonly type: string }) => event.type === 'subscribed'
    for (let first = 0; first < watches.length; first += 50) {
      const some = watches.slice(first, first + 50)
      for (const watch of some) watch.subscribes()
      await lit('fifty more', watches.slice(0, first + 50), () => granted() === first + 50)
      bench.sip.notify(ids.slice(first), state('idle'))
    }
    await lit('all to know', watches, () => watches.every(watch => watch.told.length >= 1))
    t.is(bench.sip.dump().subscriptions, 1000)
    const before = bench.sip.dump().counters['notifies-out'] ?? 0
    bench.sip.notify(ids, state('rings'))
    const caller = (await bench.registered('204')).phone
    await caller.invite('600')
    await bench.event('invite')
    const during = bench.sip.dump().counters['notifies-out'] ?? 0
    t.true(during - before < 1000, `the INVITE came after ${during - before} NOTIFYs`)
    await lit('all to know of it', watches, () => watches.every(watch => watch.told.at(-1)?.startsWith('rings')))
    t.is(bench.events.filter(event => event.type === 'unsubscribed').length, 0)
    t.is(bench.sip.dump().counters['notifies-failed'] ?? 0, 0)
    t.true(watches.every(watch => watch.notified.every(message => method(message) === 'NOTIFY')))
    await bench.sip.stop()
  },
)
