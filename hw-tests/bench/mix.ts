// Bench of a conference room: thirty people who all speak, in four codecs, and what the box takes for each 20 ms of it.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { builtMedia } from '../../native/pjsip-binding/test/media-build.ts'
import { machineLoad } from './cost.ts'
import type { Bench, Figures } from './figures.ts'

const PEOPLE = 30

export const mix: Bench = async o => {
  const program = await builtMedia('mix-bench')
  const seconds = o.quick ? 4 : 20
  o.say(`${PEOPLE} people speak in one room for ${seconds} s`)
  const { stdout } = await promisify(execFile)(program, [String(PEOPLE), String(seconds)])
  return { ...(JSON.parse(stdout) as Figures), machine_load: machineLoad() }
}
