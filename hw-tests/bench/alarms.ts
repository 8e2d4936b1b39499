// What benches of alarms share: many phones that answer, and the reckoning with an alarm when it is over.
import type { Alarm } from '../../firmware/features/safety/alarms/alarm.ts'
import type { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { PhoneCrowd } from '../phones/phone-crowd.ts'
import type { PinsWitness } from '../witness/pins.ts'
import type { WitnessPlan } from '../witness/plant.ts'
import type { Rig } from './rig.ts'

/** Registered phones of these stations. Rejects when the box refuses one. */
export async function crowd(
  { box }: Rig,
  stations: readonly { number: string; secret: string }[],
  answers: 'always' | 'when-asked' | 'never',
): Promise<PhoneCrowd> {
  const phones = await PhoneCrowd.start({
    lines: stations.map(({ number, secret }) => ({ user: number, password: secret })),
    registrar: { host: box.host, port: box.sipPort },
    rule: { answers, afterMs: 0 },
  })
  const refused = (await phones.register({ perSecond: 300 })).filter(one => one.status !== 200)
  if (refused.length > 0) throw new Error(`${refused.length} phones could not register`)
  return phones
}

/** Looks up how many of the `presses` are in the plan's live alarms, clears those, and waits until its strobe is dark. */
export async function allClear(
  box: TestBox,
  { plan, presses, pins }: { plan: WitnessPlan; presses: number; pins: PinsWitness },
): Promise<{ lost: number; doubled: number }> {
  const live = async () =>
    (await box.ask<{ alarms: Alarm[] }>('alarms/live')).alarms.filter(
      alarm => alarm.ended === undefined && alarm.plan.id === plan.id,
    )
  const counted = (alarms: readonly Alarm[]) => alarms.flatMap(alarm => alarm.presses).length
  // Those that come late are not lost; those that have not come by then are.
  await until('every press is in an alarm', async () => counted(await live()) >= presses, { seconds: 3 }).catch(
    () => undefined,
  )
  const alarms = await live()
  for (const alarm of alarms) await box.ask('alarms/clear', { alarm: alarm.id })
  await until('the strobe is dark', () => !pins.isOn(plan.strobe), { everyMilliseconds: 5 })
  return {
    lost: Math.max(0, presses - counted(alarms)),
    doubled: Math.max(0, counted(alarms) - presses) + Math.max(0, alarms.length - 1),
  }
}
