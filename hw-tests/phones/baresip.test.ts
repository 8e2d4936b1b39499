import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import { heardSequence, toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { writeWav } from '../audio/wav.ts'
import { Baresip, type BaresipOptions } from './baresip.ts'
import { Sipp } from './sipp.ts'
import { acceptingRegistrar, answeringParty, refusingRegistrar } from './sipp-scenarios.ts'

async function melodyFile(t: ExecutionContext, seed: number, rate = 8000): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'melody-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const file = join(folder, `${seed}.wav`)
  await writeWav(file, toneSound(toneSequence(seed), rate))
  return file
}

async function baresip(t: ExecutionContext, options: BaresipOptions): Promise<Baresip> {
  const phone = await Baresip.start(options)
  t.teardown(() => phone.stop())
  return phone
}

test.serial('two baresip phones hear each other', async t => {
  const a = await baresip(t, { user: 'a', says: await melodyFile(t, 21) })
  const b = await baresip(t, { user: 'b', says: await melodyFile(t, 22), answers: 'auto' })
  await a.dial(b.uri)
  await a.next('CALL_ESTABLISHED')
  await b.next('CALL_ESTABLISHED')
  await a.heardAtLeast(3300)
  await b.heardAtLeast(3300)
  await a.hangup()
  await b.next('CALL_CLOSED')
  for (const [phone, seed] of [
    [a, 22],
    [b, 21],
  ] as const) {
    const heard = heardSequence(await phone.heard(), toneSequence(seed))
    t.true(heard.times >= 1)
    t.true(heard.longestGapMs <= 40, `${heard.longestGapMs} ms`)
  }
})

test.serial('baresip and the softphone understand each other: G.722, digits, refusal', async t => {
  const a = await baresip(t, { user: 'a', says: await melodyFile(t, 23, 16000), codecs: ['G722'] })
  const b = await Softphone.start({ user: 'b', codecs: ['G722', 'PCMU'] })
  t.teardown(() => b.kill())
  await b.play(await melodyFile(t, 24, 16000))
  await a.dial(b.uri)
  const incoming = await b.nextCall()
  await incoming.answer()
  await a.next('CALL_ESTABLISHED')
  t.is((await incoming.next('media')).status, 'active')
  const heard = heardSequence(await a.heardAtLeast(3300), toneSequence(24))
  t.true(heard.times >= 1)
  t.is((await incoming.stats()).codec, 'G722')
  await a.sendDigits('5#')
  t.is((await incoming.next('digit')).digit, '5')
  t.is((await incoming.next('digit')).digit, '#')
  await a.hangup()
  await incoming.whenEnded()
  await a.next('CALL_CLOSED')
  await a.dial(b.uri)
  await (await b.nextCall()).hangup(486)
  t.regex((await a.next('CALL_CLOSED')).param ?? '', /486|Busy/)
})

test.serial('baresip hears itself from an echoing SIPp', async t => {
  const echo = await Sipp.start({ scenario: answeringParty, calls: 1, echo: true })
  const phone = await baresip(t, { user: 'a', says: await melodyFile(t, 25) })
  await phone.dial(`sip:echo@127.0.0.1:${echo.port}`)
  await phone.next('CALL_ESTABLISHED')
  await phone.heardAtLeast(3300)
  await phone.hangup()
  t.is((await echo.whenDone()).succeeded, 1)
  const heard = heardSequence(await phone.heard(), toneSequence(25))
  t.true(heard.times >= 1)
})

test.serial('baresip registers, and says when it cannot', async t => {
  const registrar = await Sipp.start({ scenario: acceptingRegistrar, calls: 1 })
  const phone = await baresip(t, { user: '201', password: 'secret', registrar: `127.0.0.1:${registrar.port}` })
  await phone.whenRegistered()
  t.is((await registrar.whenDone()).succeeded, 1)
  const refusing = await Sipp.start({ scenario: refusingRegistrar, calls: 1 })
  t.teardown(() => refusing.stop())
  const lost = await baresip(t, { user: '202', registrar: `127.0.0.1:${refusing.port}` })
  await t.throwsAsync(lost.whenRegistered(), { message: /registration of 202 failed: 403/ })
})
