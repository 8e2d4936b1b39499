// Bench of the registrar: a thousand registrations a second, each with its digest challenge.
import { machineLoad } from './cost.ts'
import type { Bench, BenchOptions, Figures } from './figures.ts'
import { rounded } from './figures.ts'
import { onPeer } from './peer.ts'
import { onRig, range, type Target } from './rig.ts'
import { CALLERS, EACH, registers } from './sip-load.ts'

const PER_SECOND = 1000
const CONTACT_PORT = 5099

/** 500 phones in turn. The first round, which makes the registrations, is not counted. */
export const register: Bench = o =>
  o.peer ? onPeer(o.peer, peer => measured(peer, o)) : onRig(range(CALLERS, EACH), rig => measured(rig, o))

async function measured(target: Target, o: BenchOptions): Promise<Figures> {
  const contact = { from: CALLERS, perSecond: PER_SECOND, contactPort: CONTACT_PORT }
  await registers(target, { ...contact, count: EACH })
  const count = PER_SECOND * (o.quick ? 5 : 20)
  o.say(`${count} registrations at ${PER_SECOND} a second`)
  target.cost.restart()
  const { succeeded, failed, retransmissions } = await registers(target, { ...contact, count })
  return {
    cpu_ms_per_1000: rounded((target.cost.seconds * 1e6) / succeeded, 1),
    failed,
    succeeded,
    retransmissions,
    machine_load: machineLoad(),
  }
}
