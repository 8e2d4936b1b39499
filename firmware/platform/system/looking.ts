// How the machine under the box feels: load, memory, disks, heat. Starts programs to find out: an errand.
import { cpuTemperature, currentLoad, fsSize, mem } from 'systeminformation'

/** What one look at the machine tells. */
export interface Look {
  readonly load: number
  readonly cores: number
  readonly memory: { readonly totalBytes: number; readonly availableBytes: number }
  readonly disks: readonly { readonly mount: string; readonly totalBytes: number; readonly usedBytes: number }[]
  readonly celsius?: number
}

export async function look(): Promise<Look> {
  const [load, memory, disks, heat] = await Promise.all([currentLoad(), mem(), fsSize(), cpuTemperature()])
  return {
    load: Math.round(load.currentLoad) / 100,
    cores: load.cpus.length,
    memory: { totalBytes: memory.total, availableBytes: memory.available },
    disks: disks.map(({ mount, size, used }) => ({ mount, totalBytes: size, usedBytes: used })),
    ...(typeof heat.main === 'number' && { celsius: Math.round(heat.main) }),
  }
}
