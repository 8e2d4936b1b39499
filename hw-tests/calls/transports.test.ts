// The ways to a box: UDP and TCP, IPv4 and IPv6, from one network to another; and hold and keys on the way.
import test, { type ExecutionContext } from 'ava'
import type { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { Lab } from '../lab/lab.ts'
import { hearEachOther, talk, Voice } from '../phones/voice.ts'

async function boxWith(t: ExecutionContext, o: Parameters<typeof TestBox.start>[0] = {}): Promise<TestBox> {
  const box = await TestBox.start(o)
  t.teardown(() => box.stop())
  await box.stations(['201', '202'])
  return box
}

test.serial('phones on UDP and TCP hear each other, whoever calls', async t => {
  const box = await boxWith(t)
  const a = await Voice.registered(t, box, '201', { transport: 'udp' })
  const b = await Voice.registered(t, box, '202', { transport: 'tcp' })
  for (const [caller, callee] of [
    [a, b],
    [b, a],
  ] as const) {
    const call = await talk(caller, callee)
    await hearEachOther(t, caller, callee)
    await call.hangUp()
  }
  await engineIsEmpty(box)
})

test.serial('phones hear each other over IPv6, on UDP and TCP', async t => {
  const box = await boxWith(t, { host: '::1' })
  const a = await Voice.registered(t, box, '201', { transport: 'tcp' })
  const b = await Voice.registered(t, box, '202')
  const call = await talk(a, b)
  await hearEachOther(t, a, b)
  await call.hangUp()
  await engineIsEmpty(box)
})

test.serial('phones on hosts of their own call through a box on a third', async t => {
  const lab = await Lab.create({ hosts: ['box', 'hall', 'office'] })
  t.teardown(() => lab.remove())
  const home = lab.host('box')
  const box = await boxWith(t, { host: home.address, namespace: home.within[3] ?? '' })
  const at = (host: string) => ({ within: lab.host(host).within, host: lab.host(host).address })
  const a = await Voice.registered(t, box, '201', at('hall'))
  const b = await Voice.registered(t, box, '202', at('office'))
  const call = await talk(a, b)
  await hearEachOther(t, a, b)
  await call.hangUp()
  await engineIsEmpty(box)
})

test.serial('a call that is held falls silent on both sides, and comes back', async t => {
  const box = await boxWith(t)
  const [a, b] = [await Voice.registered(t, box, '201'), await Voice.registered(t, box, '202')]
  const call = await talk(a, b)
  await hearEachOther(t, a, b)
  await a.phone.hold()
  await a.phone.next('media', { where: ({ status }) => status === 'held-here' })
  await b.phone.next('media', { where: ({ status }) => status === 'held-there' })
  await a.untilQuiet()
  const before = await a.received()
  const [atA, atB] = await Promise.all([a.hearsFor(1500, b.melody), b.hearsFor(1500, a.melody)])
  t.deepEqual([atA.tones, atB.tones], [[], []], 'nobody hears anything while the call is held')
  t.is(await a.received(), before)
  await a.phone.resume()
  await b.phone.next('media', { where: ({ status }) => status === 'active' })
  await hearEachOther(t, a, b)
  await call.hangUp()
  await engineIsEmpty(box)
})

test.serial('keys pass in both directions, as RFC 4733 events and as INFO', async t => {
  const box = await boxWith(t)
  const [a, b] = [await Voice.registered(t, box, '201'), await Voice.registered(t, box, '202')]
  const call = await talk(a, b)
  await hearEachOther(t, a, b)
  const digits = async (phone: Softphone, count: number) => {
    let heard = ''
    while (heard.length < count) heard += (await phone.next('digit')).digit
    return heard
  }
  await a.phone.dtmf('159#')
  t.is(await digits(b.phone, 4), '159#')
  await b.phone.dtmf('7*20')
  t.is(await digits(a.phone, 4), '7*20')
  await call.hangUp()
  await engineIsEmpty(box)
})
