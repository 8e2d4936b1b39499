// Another program in the box's place, under the very same load: whatever registers phones by digest and calls them.
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CostMeter } from './cost.ts'
import type { Target } from './rig.ts'

export interface Peer {
  /** `HOST:PORT` of its SIP over UDP. */
  readonly registrar: string
  /** Its processes. */
  readonly pids: readonly number[]
}

/** Runs `work` on a peer, which is neither started nor ended here. Its phones are as those of the benches, with `pw<number>`. */
export async function onPeer<T>(peer: Peer, work: (target: Target) => Promise<T>): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  try {
    return await work({
      host: peer.registrar.replace(/:\d+$/, ''),
      registrar: peer.registrar,
      cost: new CostMeter(peer.pids),
      folder,
      secretOf: number => `pw${number}`,
    })
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

/** What `--peer` and `--pid` say; throws with what is missing. */
export function readPeer(registrar: string, pids: readonly string[]): Peer {
  if (!/^[^:]+:\d+$/.test(registrar))
    throw new Error(`--peer ${registrar}: say it as HOST:PORT, such as 127.0.0.1:5060`)
  const numbers = pids.map(Number)
  if (numbers.length === 0 || !numbers.every(pid => Number.isInteger(pid) && pid > 0))
    throw new Error(`--pid ${pids.join(' ')}: name the process of the peer, once for each that it has`)
  return { registrar, pids: numbers }
}
