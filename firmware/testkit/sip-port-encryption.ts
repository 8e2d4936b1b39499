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
}
