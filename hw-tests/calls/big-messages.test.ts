// INVITEs that are too long for a link on their way: cut on the way, put together again, and not lost once.
import test, { type ExecutionContext } from 'ava'
import { answerer, caller, registration } from '../bench/sip-scenarios.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { Lab } from '../lab/lab.ts'
import { Sipp } from '../phones/sipp.ts'

/** What the link between the two routers carries: some tunnels leave no more. */
const NARROW = 1400
/** Put into the description of both phones, bytes. */
const PADDING = 1500
const BOX = '10.78.1.2'
const PHONES = '10.78.3.2'
const AT = { caller: 5080, called: 5070 }

/** The box, two routers with a narrow link between them, and the phones behind them. */
async function twoHops(t: ExecutionContext): Promise<Lab> {
  const lab = await Lab.create({ hosts: ['box', 'near', 'far', 'phones'] })
  t.teardown(() => lab.remove())
  const ip = (host: string, words: string) => lab.run(host, 'ip', ...words.split(' '))
  for (const [host, ...addresses] of [
    ['box', BOX],
    ['near', '10.78.1.1', '10.78.2.1'],
    ['far', '10.78.2.2', '10.78.3.1'],
    ['phones', PHONES],
  ] as const)
    for (const address of addresses) await ip(host, `address add ${address}/24 dev eth0`)
  for (const router of ['near', 'far'])
    await lab.run(router, 'sysctl', '-qw', 'net.ipv4.ip_forward=1', 'net.ipv4.conf.all.send_redirects=0')
  await ip('box', 'route add 10.78.3.0/24 via 10.78.1.1')
  await ip('near', `route add 10.78.3.0/24 via 10.78.2.2 mtu lock ${NARROW}`)
  await ip('far', `route add 10.78.1.0/24 via 10.78.2.1 mtu lock ${NARROW}`)
  await ip('phones', 'route add 10.78.1.0/24 via 10.78.3.1')
  return lab
}

/** A counter of a host's own kernel. */
async function counted(lab: Lab, host: string, group: 'Ip' | 'Icmp', name: string): Promise<number> {
  const lines = (await lab.run(host, 'cat', '/proc/net/snmp')).split('\n').filter(line => line.startsWith(`${group}:`))
  const [names = '', values = ''] = lines
  return Number(values.split(' ')[names.split(' ').indexOf(name)])
}

const login = (number: string, secret: string) => `[authentication username=${number} password=${secret}]`

test.serial('INVITEs of more than 1,500 bytes cross two routers and a narrow link, both ways', async t => {
  const lab = await twoHops(t)
  const box = await TestBox.start({ host: BOX, namespace: lab.host('box').within[3] ?? '' })
  t.teardown(() => box.stop())
  const [one, other] = await box.stations(['201', '202'])
  if (!one || !other) throw new Error('there are no stations')
  const line = `a=x-pad:${'p'.repeat(42)}`
  const long = (scenario: string) =>
    scenario.replaceAll('a=ptime:20', ['a=ptime:20', ...Array(PADDING / line.length).fill(line)].join('\n'))
  const sipp = { to: box.registrar, within: lab.host('phones').within, host: PHONES }
  const more = ['-i', PHONES]
  const rows = [['202', login('202', other.secret), String(AT.called)]]
  const registered = await (await Sipp.start({ ...sipp, more, scenario: registration, calls: 1, rows })).whenDone()
  t.is(registered.succeeded, 1)
  const called = await Sipp.start({
    ...sipp,
    more,
    scenario: long(answerer),
    port: AT.called,
    calls: 1,
    rows: [['61000']],
  })
  const calling = await Sipp.start({
    ...sipp,
    scenario: long(caller),
    port: AT.caller,
    calls: 1,
    rows: [['201', login('201', one.secret), '202', '61200']],
    more: [...more, '-mp', '62000', '-d', '500'],
  })
  const counts = await calling.whenDone()
  t.deepEqual([counts.succeeded, counts.failed], [1, 0])
  t.is((await called.whenDone()).succeeded, 1)
  for (const host of ['box', 'phones'])
    t.true((await counted(lab, host, 'Ip', 'ReasmOKs')) > 0, `${host} put together what was cut`)
  t.is(await counted(lab, 'near', 'Icmp', 'OutDestUnreachs'), 0, 'nothing that it sent was turned away')
  await engineIsEmpty(box)
})
