// The rig of every bench: a whole box in its default configuration, a plant's worth of stations, and one screen watching.
import { copyFile, mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { SwitchDump } from '../../firmware/kernel/call/sip-port.ts'
import { type Station, TestBox } from '../lab/box.ts'
import { CostMeter } from './cost.ts'
import { openScreen, type Screen } from './screen.ts'

/** Whom a load goes to: the box, or a peer that is compared with it. */
export interface Target {
  /** Where speech is sent to. */
  readonly host: string
  /** Where phones register, and what they call. */
  readonly registrar: string
  /** Processor time of all its processes that take part in calls. */
  readonly cost: CostMeter
  /** For what a load generator reads and writes. */
  readonly folder: string
  /** What a phone proves itself with. */
  secretOf(number: string): string
}

/** A whole box; its processor time is that of supervisor and board. */
export interface Rig extends Target {
  readonly box: TestBox
  readonly stations: readonly Station[]
  readonly screen: Screen
}

/** How the supervisor does, as its console tells. */
export interface EngineAnswer {
  readonly switch: SwitchDump
  readonly memory: NodeJS.MemoryUsage
  readonly loop: { readonly p99: number; readonly longest: number }
}

/** As many ports as a box has by itself: a port rests after use, so a hundred calls a second need more than they occupy. */
const DEFAULT_RTP = { from: 10_000, to: 20_000 }
/** Stations in one change: an import, not one by one. */
const AT_ONCE = 250

/** Runs `work` on a rig with these numbers, and takes everything down again. `profile` is the file of the box's board. */
export async function onRig<T>(
  numbers: readonly string[],
  work: (rig: Rig) => Promise<T>,
  o: { readonly profile?: string } = {},
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'bench-'))
  // In memory, as a box has it by itself.
  const run = await mkdtemp(join('/dev/shm', 'bench-'))
  try {
    const directory = await mkdtemp(join(tmpdir(), 'plant-pbx-box-'))
    if (o.profile !== undefined) {
      await mkdir(join(directory, 'data', 'board'), { recursive: true })
      await copyFile(o.profile, join(directory, 'data', 'board', 'profile.json'))
    }
    return await onBox(await TestBox.start({ rtp: DEFAULT_RTP, run, directory }), { numbers, folder, work })
  } finally {
    for (const made of [folder, run]) await rm(made, { recursive: true, force: true })
  }
}

async function onBox<T>(
  box: TestBox,
  { numbers, folder, work }: { numbers: readonly string[]; folder: string; work: (rig: Rig) => Promise<T> },
): Promise<T> {
  let screen: Screen | undefined
  try {
    const stations: Station[] = []
    for (let from = 0; from < numbers.length; from += AT_ONCE)
      stations.push(...(await box.stations(numbers.slice(from, from + AT_ONCE))))
    screen = await openScreen(box)
    const cost = new CostMeter([box.pidOf('supervisor'), box.pidOf('board')])
    const secrets = new Map(stations.map(one => [one.number, one.secret]))
    const secretOf = (number: string) => secrets.get(number) ?? ''
    const { host, registrar } = box
    return await work({ box, stations, screen, cost, folder, host, registrar, secretOf })
  } finally {
    screen?.close()
    await box.stop()
  }
}

/** Asks the supervisor how it does; `anew` counts the delays of its event loop from now on. */
export async function engine(box: TestBox, o: { anew?: true } = {}): Promise<EngineAnswer> {
  return await (await box.console()).ask<EngineAnswer>({ ask: 'engine', ...o })
}

/** Figures of the event loop since this was last asked for. */
export async function loopSince(box: TestBox): Promise<EngineAnswer['loop']> {
  return (await engine(box, { anew: true })).loop
}

export const range = (from: number, count: number): readonly string[] =>
  Array.from({ length: count }, (_, i) => String(from + i))

export const pause = (milliseconds: number): Promise<void> => new Promise(resolve => setTimeout(resolve, milliseconds))
