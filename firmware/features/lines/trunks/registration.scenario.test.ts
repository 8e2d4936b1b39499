import type { ExecutionContext } from 'ava'
import type { SipHeader, SipPort } from '../../../kernel/call/sip-port.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { answerTo, challengeIn } from './digest.ts'
import { type Trunk, trunkKind } from './feature.ts'

type Request = Parameters<SipPort['outOfDialog']>[0]

/** A carrier that grants `seconds` to whoever knows the password. */
class Registrar {
  readonly asked: Request[] = []
  seconds = 600
  least = 0
  secret = 's3'
  silent = false

  answer(o: Request): { status: number; headers?: readonly SipHeader[] } {
    this.asked.push(o)
    const challenge = {
      name: 'WWW-Authenticate',
      value: 'Digest realm="telco", nonce="n", algorithm=SHA-256, qop="auth"',
    }
    const given = o.headers?.find(({ name }) => name === 'Authorization')?.value ?? ''
    const [, cnonce = ''] = /cnonce="([^"]+)"/.exec(given) ?? []
    const found = challengeIn([challenge])
    const uri = 'uri' in o.target ? o.target.uri : ''
    const proof = { username: 'acme', secret: this.secret, method: 'REGISTER', uri }
    if (!found || given !== answerTo(found, proof, cnonce).value) return { status: 401, headers: [challenge] }
    if (this.expires(o) > 0 && this.expires(o) < this.least)
      return { status: 423, headers: [{ name: 'Min-Expires', value: String(this.least) }] }
    const value = `<sip:${o.registration?.contact}@10.0.0.1:5060>;expires=${Math.min(this.seconds, this.expires(o))}`
    return { status: 200, headers: [{ name: 'Contact', value }] }
  }

  expires = (o: Request) => Number(o.headers?.find(({ name }) => name === 'Expires')?.value)
  get times(): readonly number[] {
    return this.asked.map(this.expires)
  }
}

async function plant(
  t: ExecutionContext,
  o: Partial<Trunk> = {},
): Promise<{ box: Box; telco: Registrar; trunk: string }> {
  const box = await scenario({ extensions: ['201'] })
  t.teardown(() => box.ends())
  const telco = new Registrar()
  box.stranger('telco').registrar = request => telco.answer(request)
  const value = { name: 'Telco', host: '10.0.0.11', username: 'acme', secret: 's3', registers: true, ...o }
  const trunk = await box.put(trunkKind.kind, value)
  await box.passes('2s')
  return { box, telco, trunk }
}

const health = (box: Box) => box.facts('trunk.health-changed').map(({ to, why }) => `${to} ${why}`.trim())

test('the box registers, proves itself, and says so again before the time granted is over', async t => {
  const { box, telco } = await plant(t)
  t.is(telco.asked.length, 2, 'asked, and proven')
  const [first] = telco.asked
  t.is(first?.registration?.account, 'sip:acme@10.0.0.11')
  telco.seconds = 100
  const until = async (span: '470s' | '12s' | '70s' | '20s') => {
    await box.passes(span)
    return telco.asked.length
  }
  t.deepEqual([await until('470s'), await until('12s')], [2, 4], 'of ten minutes eight')
  t.deepEqual([await until('70s'), await until('20s')], [4, 6], 'of a hundred seconds eighty')
  const numbers = telco.asked.map(({ registration }) => registration?.cseq ?? 0)
  t.deepEqual(
    numbers,
    [...new Set(numbers)].sort((a, b) => a - b),
    'each has a higher number',
  )
  t.is(new Set(telco.asked.map(({ registration }) => registration?.contact)).size, 1)
})

test('a carrier that wants longer gets it', async t => {
  const { box, telco } = await plant(t, { registerSeconds: 60 })
  telco.least = 1800
  await box.passes('1m')
  t.true(telco.times.includes(1800))
  t.is(telco.asked.at(-1)?.registration?.cseq, telco.asked.length)
})

test('a wrong password is a refusal: shown, not hammered, and over when it is right', async t => {
  const { box, telco } = await plant(t, { secret: 'wrong' })
  await box.passes('25s')
  t.is(telco.asked.length, 2)
  t.deepEqual(health(box), ['critical not registered (401)'])
  t.true(box.host.problems().some(({ text }) => text.includes('not registered (401)')))
  telco.secret = 'wrong'
  await box.passes('1m')
  t.is(health(box).at(-1), 'healthy')
})

test('a carrier that is away is asked until it is back', async t => {
  const { box, telco } = await plant(t)
  box.stranger('telco').manner = 'silent'
  await box.passes('10m')
  t.is(health(box).at(-1), 'down no answer')
  box.stranger('telco').manner = 'rings'
  await box.passes('15m')
  t.is(health(box).at(-1), 'healthy')
  t.is(telco.asked.at(-1)?.method, 'REGISTER')
})

test('a trunk that is taken away says that the box is not there any more', async t => {
  const { box, telco, trunk } = await plant(t)
  await box.remove('trunk', trunk)
  await box.passes('2s')
  t.is(telco.times.at(-1), 0)
  const asked = telco.asked.length
  await box.passes('20m')
  t.is(telco.asked.length, asked)
})

test('after a restart the carrier sees the same box', async t => {
  const { box, telco } = await plant(t)
  const before = telco.asked.at(-1)?.registration
  await box.restarts({ lost: 'power' })
  await box.passes('2s')
  const after = telco.asked.at(-1)?.registration
  t.is(after?.contact, before?.contact)
  t.is(after?.callId, before?.callId)
  t.true((after?.cseq ?? 0) > (before?.cseq ?? 0))
  t.deepEqual(box.sip.trunks.contacts, [after?.contact])
})
