// What every SipPort promises of lines that must encrypt their speech.
import type { RigTest } from './sip-port-contract.ts'

export function encryption(rigTest: RigTest): void {
  rigTest('a line that must encrypt is refused in the clear, but for a call for help', async (stage, t) => {
    const peer = await stage.rig.peer('201')
    stage.rig.mustEncrypt()
    stage.port.setEmergency({ numbers: ['911'], networks: ['0.0.0.0/0'] })
    peer.dials('600')
    const { line, why } = await stage.event('media-refused')
    t.deepEqual([line, why], ['lin_201', 'not-encrypted'])
    await stage.reaches(peer, 'over')
    t.is(peer.refusedWith(), 488)
    peer.dials('911')
    const { emergency, leg } = await stage.event('invite')
    t.true(emergency)
    stage.port.answer(leg, { kind: 'box' })
    await stage.reaches(peer, 'talking')
    peer.hangsUp()
    await stage.event('ended')
    t.deepEqual(stage.all('encrypted'), [])
  })

  rigTest(
    'a connection that is to be kept and that nobody answers is told of, and no call goes by it',
    async (stage, t) => {
      const address = { family: 4, host: '127.0.0.1', port: 9, transport: 'tls' } as const
      const peer = { address, names: ['carrier.example'], fingerprints: [], showsCertificate: false }
      t.throws(() => stage.port.keepConnections([{ ...peer, authorities: 'nonsense' }]), {
        code: 'switch.bad-authority',
      })
      stage.port.keepConnections([peer])
      const told = await stage.event('connection-changed')
      t.like(told, { with: address, up: false, why: 'unreachable' })
      const target = { uri: 'sip:1@carrier.example;transport=tls', via: address, routes: ['sip:edge.example;lr'] }
      const from = { number: '201', name: 'Post' }
      stage.port.invite({ leg: 'out-1', target, from, to: '1', media: { kind: 'box' }, lane: 'new' })
      t.is((await stage.event('ended')).cause, 'unreachable')
    },
  )
}
