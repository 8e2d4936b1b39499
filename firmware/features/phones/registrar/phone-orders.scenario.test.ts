// Telling phones from afar to fetch their settings or to start again.
import { askRoute } from '../../../testkit/ask-route.ts'
import { scenario } from '../../../testkit/scenario.ts'
import { test } from '../../../testkit/scenario-test.ts'
import { eventOf } from './phone-orders.ts'

test('a phone is told in the words of its make', t => {
  t.is(eventOf('fetch', 'Yealink SIP-T46U 108.86.0.90'), 'check-sync;reboot=false')
  t.is(eventOf('restart', 'snomD785/10.1'), 'check-sync;reboot=true')
  t.is(eventOf('fetch', 'Cisco/SPA508G-7.4.4'), 'resync')
  t.is(eventOf('restart', 'Cisco-CP-8841-3PCC/11'), 'reboot')
})

test('a phone that acknowledges was told; one that is silent, or not there, is named as such', async t => {
  const box = await scenario({ extensions: ['201'] })
  t.teardown(() => box.ends())
  const line = box.lineOf('201')
  const order = (what: 'fetch' | 'restart') => askRoute(box, 'registrar/order', { line, what })
  t.deepEqual(await order('fetch'), {})
  const told = box.sip.commands.findLast(one => one.name === 'outOfDialog')?.args[0] as { headers: { value: string }[] }
  t.deepEqual(
    told.headers.map(header => header.value),
    ['check-sync;reboot=false', 'terminated;reason=timeout'],
  )
  box.phone('201').manner = 'silent'
  const silent = order('restart')
  const refused = t.throwsAsync(silent, { message: /SIP status 408/ })
  await box.passes('9s')
  await refused
  box.phone('201').unregisters()
  await box.settles()
  await t.throwsAsync(order('fetch'), { message: /not registered/ })
  await t.throwsAsync(askRoute(box, 'registrar/order', { line: 'lin_none', what: 'fetch' }), {
    message: /no such line/,
  })
})
