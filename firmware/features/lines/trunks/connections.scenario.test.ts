// Trunks that are reached over TLS and through proxies: whom the switch connects to, what is passed, and what is told.
import type { ExecutionContext } from 'ava'
import type { InviteOptions, PeerDoubt, SipHeader, SipPort } from '../../../kernel/call/sip-port.ts'
import { makeAuthority } from '../../../platform/http/certificate.ts'
import { type Box, scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { type Trunk, trunkKind } from './feature.ts'

const OUT = '913135550100'
const ADDRESS = { family: 4, host: '10.0.0.11', port: 5061, transport: 'tls' } as const

async function plant(t: ExecutionContext, o: Partial<Trunk> = {}): Promise<{ box: Box; trunk: string }> {
  const box = await scenario({
    extensions: ['201'],
    document: async to => {
      const site = await to.put('site', { name: 'Flint', country: 'US' })
      const phones = { name: 'Phones', prefixes: ['10.0.0.0/8'], site, emergencyWithoutPassword: true }
      await to.put('network', phones)
      await to.put('outbound-rule', { name: 'Outside' })
    },
  })
  t.teardown(() => box.ends())
  box.stranger('telco')
  box.stranger('spare')
  const trunk = await box.put(trunkKind.kind, { name: 'Telco', host: ADDRESS.host, transport: 'tls', ...o })
  await box.settles()
  return { box, trunk }
}

/** A trunk's own connection there. */
const at = (trunk: string) => ({ ...ADDRESS, peer: trunk })
const away = (box: Box, trunk: string, why: PeerDoubt, text = ''): void =>
  box.sip.emit({ type: 'connection-changed', with: at(trunk), up: false, why, text })
const isUp = (box: Box, trunk: string): void => box.sip.emit({ type: 'connection-changed', with: at(trunk), up: true })
const lastInvite = (box: Box): InviteOptions | undefined =>
  box.sip.commands
    .filter(({ name }) => name === 'invite')
    .map(({ args }) => args[0] as InviteOptions)
    .at(-1)

async function calls(box: Box, number = OUT): Promise<InviteOptions | undefined> {
  box.phone('201').dials(number)
  await box.settles()
  return lastInvite(box)
}

test('a connection is kept to a trunk that speaks TLS, whose certificate is for the name that was entered', async t => {
  const { box, trunk } = await plant(t, { domain: 'sip.telco.example' })
  const [peer] = box.sip.peers
  t.deepEqual(peer, {
    address: at(trunk),
    names: [ADDRESS.host, 'sip.telco.example'],
    serverName: 'sip.telco.example',
    fingerprints: [],
    showsCertificate: false,
  })
  t.like((await calls(box))?.target, { uri: 'sip:+13135550100@sip.telco.example;transport=tls', via: at(trunk) })
  const fingerprint = Array.from({ length: 32 }, () => 'AB').join(':')
  await box.put(trunkKind.kind, { name: 'Telco', host: ADDRESS.host, transport: 'tls', fingerprint }, trunk)
  await box.settles()
  t.deepEqual(box.sip.peers[0]?.fingerprints, ['ab'.repeat(32)])
  await box.remove('trunk', trunk)
  t.deepEqual(box.sip.peers, [])
})

test('a trunk by name is believed by that name, never by one that a name server told', async t => {
  const { box } = await plant(t, { inService: false })
  box.names.services.set('_sips._tcp.telco.example', [
    { host: 'edge.else.example', priority: 1, weight: 1, port: 5071 },
  ])
  box.names.addresses.set('edge.else.example', ['10.0.0.11', '10.0.0.12'])
  await box.put(trunkKind.kind, { name: 'By name', host: 'telco.example', transport: 'tls' })
  await box.passes('1s')
  t.deepEqual(
    box.sip.peers.map(({ address, names, serverName }) => [address.host, address.port, names, serverName]),
    [
      ['10.0.0.11', 5071, ['telco.example'], 'telco.example'],
      ['10.0.0.12', 5071, ['telco.example'], 'telco.example'],
    ],
  )
})

for (const [why, text, said] of [
  ['expired', '', /has run out/],
  ['unknown-authority', '', /signed by nobody that the box believes/],
  ['other-name', 'its certificate is for evil.example', /somebody else: its certificate is for evil\.example/],
  ['unreachable', 'Connection refused', /nobody answers there \(Connection refused\)/],
] as const)
  test(`a trunk that is ${why} is down for that reason, told with its remedy, until the connection is up`, async t => {
    const { box, trunk } = await plant(t)
    await box.put(trunkKind.kind, { name: 'Spare', host: '10.0.0.12', priority: 20 })
    away(box, trunk, why, text)
    await box.settles()
    const problem = box.host.problems().find(({ code }) => code === `trunks.connection:${trunk}`)
    t.regex(problem?.text ?? '', said)
    t.not(problem?.remedy, '')
    t.false(box.host.problems().some(({ code }) => code === `trunks.health:${trunk}`))
    t.like((await calls(box))?.target, { via: { host: '10.0.0.12' } })
    box.phone('201').hangsUp()
    isUp(box, trunk)
    await box.settles()
    t.false(box.host.problems().some(({ code }) => code.startsWith('trunks.connection')))
    t.like((await calls(box))?.target, { via: at(trunk) })
  })

test('while no connection stands nobody is asked, and a registration follows as soon as one does', async t => {
  const { box, trunk } = await plant(t)
  const value = { name: 'Telco', host: ADDRESS.host, transport: 'tls', heartbeatSeconds: 5 }
  const registered: number[] = []
  let here = false
  box.stranger('telco').registrar = () => {
    registered.push(box.clock.since())
    return { status: here ? 200 : 503 }
  }
  await box.put(trunkKind.kind, { ...value, username: 'acme', secret: 's3', registers: true }, trunk)
  away(box, trunk, 'closed')
  await box.passes('1m')
  const asked = () =>
    box.sip.commands.filter(({ name, args }) => name === 'outOfDialog' && JSON.stringify(args).includes('OPTIONS'))
  t.deepEqual(asked(), [])
  here = true
  isUp(box, trunk)
  await box.passes('1s')
  t.false(box.host.problems().some(({ text }) => text.includes('not registered')))
  await box.passes('6s')
  t.true(asked().length > 0)
})

test('speech is sealed as the trunk says, for calls out and in; a call for help is never refused for it', async t => {
  const { box } = await plant(t, { encryption: 'required' })
  t.is((await calls(box))?.encryption, 'required')
  t.deepEqual(box.sip.trunks.media, [{ network: '10.0.0.11/32', encryption: 'required' }])
  box.phone('201').hangsUp()
  await box.settles()
  t.is((await calls(box, '911'))?.encryption, 'preferred')
})

test('everything goes by the outbound proxy, which is named on the way; who calls from there is the trunk', async t => {
  const { box } = await plant(t, { host: 'telco.example', transport: 'udp', proxy: '10.0.0.11:5070' })
  t.deepEqual((await calls(box))?.target, {
    uri: 'sip:+13135550100@telco.example',
    via: { family: 4, host: '10.0.0.11', port: 5070, transport: 'udp' },
    routes: ['sip:10.0.0.11:5070;lr'],
  })
  t.true(box.sip.trunks.networks.includes('10.0.0.11/32'))
  t.deepEqual(box.names.asked, [], 'the name itself is nobody to ask for')
})

test('two trunks at one address have each a connection and a proof of its own, and calls that come by it', async t => {
  const { box, trunk } = await plant(t, { domain: 'one.example', priority: 1 })
  const value = { name: 'Two', host: ADDRESS.host, transport: 'tls', domain: 'two.example', showsCertificate: true }
  const two = await box.put(trunkKind.kind, value)
  t.deepEqual(
    box.sip.peers.map(({ address, names, showsCertificate }) => [address.peer, names[1], showsCertificate]),
    [
      [trunk, 'one.example', false],
      [two, 'two.example', true],
    ],
  )
  away(box, trunk, 'other-name', 'its certificate is for two.example')
  await box.settles()
  t.deepEqual(
    box.host.problems().flatMap(({ code }) => (code.startsWith('trunks.connection') ? [code] : [])),
    [`trunks.connection:${trunk}`],
  )
  t.like((await calls(box))?.target, { uri: 'sip:+13135550100@two.example;transport=tls', via: at(two) })
})

test('the transport of the next hop is the proxy’s own, whatever the carrier behind it takes', async t => {
  const { box } = await plant(t, {
    host: 'telco.example',
    transport: 'udp',
    proxy: '10.0.0.11',
    proxyTransport: 'tcp',
  })
  t.deepEqual((await calls(box))?.target, {
    uri: 'sip:+13135550100@telco.example',
    via: { family: 4, host: '10.0.0.11', port: 5060, transport: 'tcp' },
    routes: ['sip:10.0.0.11;transport=tcp;lr'],
  })
  const sealed = { name: 'Sealed', host: 'telco.example', proxy: 'edge.example', proxyTransport: 'tls' }
  box.names.addresses.set('edge.example', ['10.0.0.12'])
  await box.put(trunkKind.kind, sealed)
  await box.passes('1s')
  t.deepEqual(
    box.sip.peers.map(({ address: { host, port }, names }) => [host, port, names]),
    [['10.0.0.12', 5061, ['edge.example']]],
  )
})

test('what a carrier says when it takes a registration is passed by calls, and forgotten when it says so no more', async t => {
  const { box } = await plant(t, { inService: false })
  const seen: Parameters<SipPort['outOfDialog']>[0][] = []
  let said: readonly SipHeader[] = [{ name: 'Service-Route', value: '<sip:edge.example;lr>, <sip:core.example;lr>' }]
  box.stranger('telco').registrar = request => {
    seen.push(request)
    return { status: 200, headers: said }
  }
  const value = { name: 'Registered', host: '10.0.0.11', username: 'acme', secret: 's3', registers: true }
  await box.put(trunkKind.kind, { ...value, registerSeconds: 60 })
  await box.passes('2s')
  t.true(seen[0]?.headers?.some(({ name, value: is }) => name === 'Supported' && is === 'path'))
  const routes = async () => {
    const { target } = (await calls(box)) ?? {}
    box.phone('201').hangsUp()
    await box.settles()
    return target && 'uri' in target ? target.routes : undefined
  }
  t.deepEqual(await routes(), ['sip:edge.example;lr', 'sip:core.example;lr'])
  await box.restarts()
  t.deepEqual(await routes(), ['sip:edge.example;lr', 'sip:core.example;lr'], 'the carrier still expects it')
  said = []
  await box.passes('1m')
  t.is(await routes(), undefined)
})

test('what cannot prove anything is refused where it is entered', async t => {
  const { box } = await plant(t)
  const refused = async (o: Partial<Trunk>) =>
    JSON.stringify(await t.throwsAsync(box.put(trunkKind.kind, { name: 'Wrong', host: '10.0.0.99', ...o })))
  t.regex(await refused({ authorities: 'nonsense' }), /holds no certificate/)
  const { certificate } = await makeAuthority('carrier', Date.now())
  const torn = certificate.replace(/[A-Za-z0-9+/]{20}/, 'AAAA')
  t.regex(await refused({ authorities: `${certificate}\n${torn}` }), /certificate 2 cannot be read/)
  t.regex(await refused({ fingerprint: 'ab:cd' }), /64 hexadecimal digits/)
  t.regex(await refused({ proxy: 'sip:edge.example' }), /neither an address nor a host name/)
})
