// Media of a browser ends at the box: chromium's WebRTC on one side, a plain SIP phone on the other, judged by what is heard.
import test from 'ava'
import type { Browser } from 'playwright-core'
import { toneSequence } from '../audio/tone-sequence.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { BrowserPhone } from '../phones/browser-phone.ts'
import { Voice } from '../phones/voice.ts'
import { openBrowser } from '../web/browser.ts'

let browser: Browser
test.before(async () => {
  browser = await openBrowser(['--allow-loopback-in-peer-connection', '--autoplay-policy=no-user-gesture-required'])
})
test.after.always(() => browser?.close())

test.serial('a browser and a plain phone hear each other, after its network changed and after a kill too', async t => {
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  const [station] = await box.stations(['201', '202'])
  if (!station) throw new Error('no station')
  const context = await browser.newContext()
  t.teardown(() => context.close())
  const a = await BrowserPhone.registered(t, { context, box, station, melody: toneSequence(41) })
  const b = await Voice.registered(t, box, '202')
  const coming = b.phone.nextCall().then(call => call.answer())
  const offer = await a.offer({ video: true })
  const answer = await a.call('202', offer)
  await coming
  t.log(offer, answer)
  const hear = async (what: string) => {
    const [atA, atB] = await Promise.all([a.hears(b.melody), b.hears(a.melody)])
    t.true(atA.times >= 1, `${what}: the browser heard ${JSON.stringify(atA)}`)
    t.true(atB.times >= 1, `${what}: the phone heard ${JSON.stringify(atB)}`)
  }
  await hear('at first')
  t.log(await a.state())
  await a.hangUp()
  await engineIsEmpty(box)
  void until
})
