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
}
