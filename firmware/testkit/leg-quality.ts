// How a leg of the fake switch sounds: as a test says.
import type { LegId, LegQuality } from '../kernel/call/sip-port.ts'
import type { FakeSip } from './fake-sip.ts'

/** A leg of which nothing was counted. */
export const unheard = (): LegQuality => ({
  packetsReceived: 0,
  packetsSent: 0,
  packetsLost: 0,
  jitterMilliseconds: 0,
  mostJitterMilliseconds: 0,
  codec: 'PCMU',
  packetsExpected: 0,
  duplicates: 0,
  reordered: 0,
  late: 0,
  lossRuns: 0,
  burstLossPercent: 0,
  gapLossPercent: 0,
  burstMilliseconds: 0,
  gapMilliseconds: 0,
  longestGapMilliseconds: 0,
})

/** The switch tells how a leg sounds: `o` is what it counted since the leg began. */
export function measure(sip: FakeSip, leg: LegId, o: Partial<LegQuality>): void {
  if (sip.legs.has(leg)) sip.emit({ type: 'measured', leg, quality: { ...unheard(), ...o } })
}
