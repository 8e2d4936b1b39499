// Phones that send their callers elsewhere, as part of the contract of the switch.
import type { RigTest } from './sip-port-contract.ts'

/** A 302 is told with its places. */
export function sendings(rigTest: RigTest): void {
  rigTest(
    'a phone that sends its caller elsewhere says where, the place that it likes best first',
    async (stage, t) => {
      const peer = await stage.rig.peer('202')
      const leg = stage.invite(peer)
      await stage.reaches(peer, 'ringing')
      peer.sendsTo('203', '204')
      const ended = await stage.event('ended')
      t.deepEqual([ended.leg, ended.cause, ended.status, ended.by], [leg, 'redirected', 302, 'far'])
      t.deepEqual(
        ended.redirections?.map(({ number, here }) => [number, here]),
        [
          ['204', true],
          ['203', true],
        ],
      )
    },
  )

  rigTest('a phone that asks for a call outside any is told how it goes', async (stage, t) => {
    const peer = await stage.rig.peer('202')
    peer.asksFor('203')
    const asked = await stage.event('asked-to-call')
    t.deepEqual([asked.line, asked.of], ['lin_202', '202'])
    t.regex(asked.to, /^sip:203@/)
    stage.port.respond(asked.request, 180)
    stage.port.respond(asked.request, 486)
    await stage.rig.until('the outcome', () => peer.outcomes().includes(486))
  })
}
