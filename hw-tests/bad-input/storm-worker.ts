// A storm in a thread of its own, so that phones beside it keep their time.
import { parentPort, workerData } from 'node:worker_threads'
import { overTcp, overTls, overUdp, type StormOptions } from './storm.ts'

type Wanted = StormOptions & { readonly by: 'udp' | 'tcp' | 'tls'; readonly caFile: string }

async function raged({ by, ...o }: Wanted): Promise<number> {
  if (by === 'tcp') return overTcp(o)
  if (by === 'tls') return overTls(o)
  await overUdp(o)
  return 0
}

parentPort?.postMessage(await raged(workerData as Wanted))
