// The verdict over one cycle of the campaign: what was lost, and what was doubled. Pure, so that it can be judged itself.
import type { Alarm } from '../../firmware/features/safety/alarms/alarm.ts'
import { heardMessage } from '../audio/message.ts'
import type { Sound } from '../audio/sound.ts'
import type { WitnessPlan } from './plant.ts'

/** One operation of a button, as the presser logged it. */
export interface Pressed {
  readonly input: string
  readonly plan: WitnessPlan
  /** CLOCK_MONOTONIC, milliseconds. */
  readonly at: number
}

/** What the witness saw and heard, and what the box said of it before the all-clear. */
export interface Cycle {
  readonly presses: readonly Pressed[]
  readonly alarms: readonly Alarm[]
  /** Everything that could be heard, by who heard it. */
  readonly heard: ReadonlyMap<string, Sound>
  /** Presses whose strobe was never seen lit afterwards. */
  readonly dark: readonly Pressed[]
}

/**
 * Lost: a press without alarm record, or whose strobe stayed dark, or whose alarm has a step that neither finished nor
 * shows as failed, or whose message no listener heard in full. Doubled: two alarms, or two records, for one press.
 */
export function judge(cycle: Cycle): { lost: string[]; doubled: string[] } {
  const lost = cycle.dark.map(press => `the strobe of ${press.input} was not seen lit`)
  const doubled: string[] = []
  for (const plan of new Set(cycle.presses.map(press => press.plan))) {
    const alarms = cycle.alarms.filter(alarm => alarm.plan.id === plan.id)
    const presses = cycle.presses.filter(press => press.plan === plan)
    if (alarms.length > 1) doubled.push(`${alarms.length} alarms of plan ${plan.name}`)
    const [alarm] = alarms
    if (alarm === undefined) {
      lost.push(`${presses.length} presses of plan ${plan.name} without an alarm`)
      continue
    }
    for (const input of new Set(presses.map(press => press.input))) {
      const wanted = presses.filter(press => press.input === input).length
      const recorded = alarm.presses.filter(press => press.cause.includes(`Button ${input.replace('in-', '')}`)).length
      if (recorded < wanted) lost.push(`${input}: ${wanted} presses, ${recorded} recorded`)
      if (recorded > wanted) doubled.push(`${input}: ${wanted} presses, ${recorded} recorded`)
    }
    for (const step of alarm.steps.filter(one => one.state !== 'done' && one.state !== 'failed'))
      lost.push(`step ${step.action.kind} of ${plan.name} is ${step.state}`)
    const hearers = [...cycle.heard].filter(
      ([, sound]) => sound.samples.length > 0 && heardMessage(sound, plan.message).timesInFull > 0,
    )
    if (hearers.length === 0) lost.push(`nobody heard the message of ${plan.name} in full`)
  }
  const ids = cycle.alarms.flatMap(alarm => alarm.presses.map(({ press }) => `${press.epoch}/${press.sequence}`))
  if (new Set(ids).size < ids.length) doubled.push('a press is in two alarms')
  return { lost, doubled }
}
