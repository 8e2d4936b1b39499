// Media of a browser ends at the box: chromium's own WebRTC on one side, a SIP phone on the other, judged by what is heard.
import test from 'ava'
import type { Browser } from 'playwright-core'
import { type HeardSequence, toneSequence } from '../audio/tone-sequence.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { BrowserPhone } from '../phones/browser-phone.ts'
import { Voice } from '../phones/voice.ts'
import { openBrowser } from '../web/browser.ts'

/** How often two may listen until a melody came through: the machine may be away for a moment. */
const LISTENINGS = 3

const rig: { browser?: Browser } = {}
test.before(async () => {
  rig.browser = await openBrowser(['--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required'])
})
test.after.always(() => rig.browser?.close())

/** Both hear the other's melody. */
async function hear(when: string, a: BrowserPhone, b: Voice): Promise<void> {
  for (let listening = 1; ; listening += 1) {
    const [atA, atB] = await Promise.all([a.hears(b.melody), b.hears(a.melody)])
    if (atA.times >= 1 && atB.times >= 1) return
    const told = (ear: string, heard: HeardSequence) => `${ear} heard ${JSON.stringify(heard)}`
    if (listening === LISTENINGS) throw new Error(`${when}: ${told('the browser', atA)}, ${told('the phone', atB)}`)
  }
}

/** The browser calls a phone, which answers; what it was answered. */
async function talk(a: BrowserPhone, b: Voice, offer: string): Promise<string> {
  const answers = b.phone.nextCall().then(coming => coming.answer())
  const [answer] = await Promise.all([a.call(b.number, offer), answers])
  return answer
}

/** The phone calls, and is answered. */
async function called(by: Voice, number: string) {
  const call = await by.phone.call(number)
  await call.whenAnswered()
  return call
}

const lines = (sdp: string, pattern: RegExp) => [...sdp.matchAll(pattern)].map(([, found]) => found)

async function encryptionOf(box: TestBox): Promise<Record<string, string | undefined>> {
  const { calls } = await box.ask<{ calls: { legs: { number: string; encryption?: string }[] }[] }>('calls/live')
  return Object.fromEntries(calls.flatMap(({ legs }) => legs.map(leg => [leg.number, leg.encryption])))
}

test.serial(
  'a browser and a phone hear each other, after new checks and a kill too, and then one that encrypts',
  async t => {
    const box = await TestBox.start()
    t.teardown(() => box.stop())
    const [station, , sealed] = await box.stations(['201', '202', '203'])
    const context = await rig.browser?.newContext()
    if (!station || !sealed || !context) throw new Error('no station or no browser')
    t.teardown(() => context.close())
    const { number, line: id, device, extension, secret } = sealed
    const value = { authName: number, device, index: 1, extension, encryption: 'required' }
    await box.change('an encrypted line', [{ op: 'put', kind: 'line', id, value, secrets: { secret } }])
    const a = await BrowserPhone.registered(t, { context, box, station, melody: toneSequence(41) })

    const b = await Voice.registered(t, box, '202')
    const offer = await a.offer({ video: true })
    const answer = await talk(a, b, offer)
    await hear('at first', a, b)
    t.deepEqual(lines(answer, /^m=(\w+ \d+)/gm).slice(1), ['video 0'])
    t.deepEqual(lines(answer, /^a=mid:(.+)\r$/gm), lines(offer, /^a=mid:(.+)\r$/gm))
    const { cipher, role } = await a.state()
    t.deepEqual([cipher, role], ['SRTP_AEAD_AES_256_GCM', 'client'])
    t.deepEqual(await encryptionOf(box), { 201: 'DTLS AEAD_AES_256_GCM', 202: undefined })
    const again = await a.restart()
    t.notDeepEqual(lines(again, /^a=ice-pwd:(.+)\r$/gm), lines(answer, /^a=ice-pwd:(.+)\r$/gm))
    const before = box.pidOf('supervisor')
    process.kill(before, 'SIGKILL')
    await until('another supervisor runs', () => box.pidOf('supervisor') !== before)
    await box.ready()
    await hear('after new checks and the kill', a, b)
    const after = await a.restart()
    t.deepEqual(lines(after, /^a=fingerprint:(.+)\r$/gm), lines(answer, /^a=fingerprint:(.+)\r$/gm))
    await hear('after new checks of the successor', a, b)
    t.is((await a.state()).connection, 'connected')
    await a.hangUp()
    await engineIsEmpty(box)

    const c = await Voice.registered(t, box, '203', { srtp: 'mandatory' })
    await talk(a, c, await a.offer())
    await hear('an encrypting phone', a, c)
    const found = await encryptionOf(box)
    t.deepEqual([found['201'], found['203']?.startsWith('A')], ['DTLS AEAD_AES_256_GCM', true])
    await a.hangUp()
    await engineIsEmpty(box)
  },
)

test.serial(
  'a browser that has called is called as it calls, heard and hears, also over a kill and after it',
  async t => {
    const box = await TestBox.start()
    t.teardown(() => box.stop())
    const [station] = await box.stations(['201', '202'])
    const context = await rig.browser?.newContext()
    if (!station || !context) throw new Error('no station or no browser')
    t.teardown(() => context.close())
    const a = await BrowserPhone.registered(t, { context, box, station, melody: toneSequence(41) })
    const b = await Voice.registered(t, box, '202')
    await talk(a, b, await a.offer())
    await a.hangUp()
    await engineIsEmpty(box)

    const [offered, call] = await Promise.all([a.answers(), called(b, '201')])
    t.regex(offered, /^m=audio \d+ UDP\/TLS\/RTP\/SAVP /m)
    t.deepEqual(lines(offered, /^a=setup:(.+)\r$/gm), ['actpass'])
    await hear('the browser that answered', a, b)
    const { cipher, role } = await a.state()
    t.deepEqual([cipher, role], ['SRTP_AEAD_AES_256_GCM', 'client'])
    t.deepEqual(await encryptionOf(box), { 201: 'DTLS AEAD_AES_256_GCM', 202: undefined })
    const before = box.pidOf('supervisor')
    process.kill(before, 'SIGKILL')
    await until('another supervisor runs', () => box.pidOf('supervisor') !== before)
    await box.ready()
    await hear('after the kill', a, b)
    t.is((await a.state()).connection, 'connected')
    await call.hangup()
    await engineIsEmpty(box)

    // The successor has not seen the browser call, and knows how it is called.
    const [later, second] = await Promise.all([a.answers(), called(b, '201')])
    t.regex(later, /^m=audio \d+ UDP\/TLS\/RTP\/SAVP /m)
    await hear('called by the successor', a, b)
    await second.hangup()
    await engineIsEmpty(box)
  },
)
