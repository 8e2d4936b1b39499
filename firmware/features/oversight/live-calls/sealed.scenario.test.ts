import type { ExecutionContext } from 'ava'
import type { SipEvent } from '../../../kernel/call/sip-port.ts'
import { problemsOf } from '../../../kernel/problems.ts'
import { describe } from '../../../platform/http/describe.ts'
import { askRoute } from '../../../testkit/ask-route.ts'
import { measure } from '../../../testkit/leg-quality.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'

const SUITE = 'AES_CM_128_HMAC_SHA1_80'

async function plant(t: ExecutionContext): Promise<Box> {
  const box = await scenario({ extensions: ['201', '202'] })
  t.teardown(() => box.ends())
  return box
}

interface Live {
  readonly calls: readonly { readonly legs: readonly LiveLeg[] }[]
}
interface LiveLeg {
  readonly number: string
  readonly encryption?: string
  readonly transport?: string
}
async function transportsOf(box: Box): Promise<readonly (string | undefined)[]> {
  const { calls } = await askRoute<Live>(box, 'calls/live')
  return calls.flatMap(({ legs }) => legs.map(({ transport }) => transport))
}
async function legsOf(box: Box): Promise<readonly (readonly [string, string])[]> {
  const { calls } = await askRoute<Live>(box, 'calls/live')
  return calls.flatMap(({ legs }) => legs.map(({ number, encryption }) => [number, encryption ?? 'clear'] as const))
}
const metric = (box: Box, name: string): number | undefined => describe(box.host).metrics[name]
const told = (box: Box) => problemsOf(box.host).filter(({ code }) => code.startsWith('lines.media-refused'))

test('a live call says of each leg whether it is encrypted, and forged packets are counted once', async t => {
  const box = await plant(t)
  box.phone('201').dials('202')
  await box.settles()
  box.phone('202').answers()
  await box.settles()
  const leg = box.phone('201').call?.leg ?? ''
  box.sip.emit({ type: 'encrypted', leg, suite: SUITE })
  await box.settles()
  t.deepEqual(await legsOf(box), [
    ['201', SUITE],
    ['202', 'clear'],
  ])
  t.deepEqual(await transportsOf(box), ['udp', 'udp'], 'and by which way each is spoken with')
  for (const forged of [3, 3, 5]) {
    measure(box.sip, leg, { encryption: { suite: SUITE, forged, replayed: 0 } })
    await box.settles()
  }
  t.deepEqual([metric(box, 'srtp_legs'), metric(box, 'srtp_forged_packets')], [1, 5])
  box.phone('201').hangsUp()
  await box.settles()
  t.is(metric(box, 'srtp_legs'), 0)
})

test('a call whose handshake gave no keys is a problem of its line until one has them, and is counted', async t => {
  const box = await plant(t)
  const source = { family: 4, host: '10.0.0.9', port: 5060, transport: 'udp' } as const
  const line = box.phone('202').line ?? ''
  box.sip.emit({ type: 'media-refused', line, why: 'no-handshake', source })
  await box.settles()
  t.regex(told(box)[0]?.text ?? '', /was silent/)
  t.regex(told(box)[0]?.remedy ?? '', /firewall/)
  t.is(metric(box, 'srtp_failed_handshakes'), 1)
  box.phone('202').dials('201')
  await box.settles()
  t.is(told(box).length, 1, 'that it calls proves nothing yet')
  box.sip.emit({ type: 'encrypted', leg: box.phone('202').call?.leg ?? '', suite: `DTLS ${SUITE}` })
  await box.settles()
  t.deepEqual(told(box), [])
})

test('a line whose phone called by a handshake is called by one, after a power cut too, until it calls without', async t => {
  const box = await plant(t)
  const line = box.phone('201').line ?? ''
  const marked = () => box.sip.lines.get(line)?.calledByHandshake ?? false
  box.sip.emit({ type: 'keying-learned', line, handshake: true })
  await box.passes('10s')
  await box.restarts({ lost: 'power' })
  t.true(marked())
  box.sip.emit({ type: 'keying-learned', line, handshake: false })
  await box.passes('10s')
  await box.restarts({ lost: 'power' })
  t.false(marked())
})

test('a line whose call was refused for its encryption is a problem until one of its calls is taken', async t => {
  const box = await plant(t)
  const source = { family: 4, host: '10.0.0.9', port: 5060, transport: 'udp' } as const
  const line = box.phone('201').line ?? ''
  const refused = (of: string): SipEvent => ({ type: 'media-refused', line: of, why: 'not-encrypted', source })
  box.sip.emit(refused(line))
  box.sip.emit(refused('lin_of-nobody'))
  await box.settles()
  t.deepEqual(
    told(box).map(({ link }) => link),
    [`/line/${line}`],
  )
  box.phone('202').dials('201')
  await box.settles()
  t.is(told(box).length, 1)
  box.phone('202').hangsUp()
  await box.settles()
  box.phone('201').dials('202')
  await box.settles()
  t.deepEqual(told(box), [])
})
