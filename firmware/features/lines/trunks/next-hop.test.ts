import test from 'ava'
import { hopIn, routesOf } from './next-hop.ts'
import { serviceRoutesIn } from './register-answer.ts'

test('a proxy that names itself in its service route is passed once', t => {
  const trunk = { host: 'telco.example', transport: 'tls', proxy: 'Edge.example' } as const
  const service = ['sip:orig@edge.example;lr', 'sip:core.example;lr']
  t.deepEqual(routesOf(trunk, service), ['sip:Edge.example;transport=tls;lr', 'sip:core.example;lr'])
  t.deepEqual(routesOf(trunk), ['sip:Edge.example;transport=tls;lr'])
  t.deepEqual(routesOf({ ...trunk, proxy: undefined }, service), service)
})

test('a service route that cannot be passed is left out as a whole', t => {
  const routes = (...values: string[]) => serviceRoutesIn(values.map(value => ({ name: 'Service-Route', value })))
  t.deepEqual(routes('<sip:a;lr>', '"B" <sips:b:5061;transport=tcp;lr>'), ['sip:a;lr', 'sips:b:5061;transport=tcp;lr'])
  t.deepEqual(routes('<sip:a;lr>,<sip:b;lr>'), ['sip:a;lr', 'sip:b;lr'])
  for (const bad of ['<sip:a>', 'sip:a;lr', '<http://a;lr>', '<sip:a b;lr>', '<sip:a;lrx>', ''])
    t.deepEqual(routes('<sip:good;lr>', bad), [], bad)
  t.deepEqual(routes(...Array.from({ length: 6 }, () => '<sip:a;lr>')), [])
})

test('a proxy is an address or a name, with a port where it has one', t => {
  t.deepEqual(hopIn('edge.example'), { host: 'edge.example' })
  t.deepEqual(hopIn('edge.example:5070'), { host: 'edge.example', port: 5070 })
  t.deepEqual(hopIn('[2001:db8::1]:5070'), { host: '2001:db8::1', port: 5070 })
  t.deepEqual(hopIn('2001:db8::1'), { host: '2001:db8::1' })
  for (const wrong of ['', 'edge.example:0', 'edge.example:70000', 'sip:edge.example', '[edge', 'a b', '10.0.0'])
    t.is(hopIn(wrong), undefined, wrong)
})
