// A plant in which somebody calls for help: a post, a guard, a screen, loudspeakers, and the record of what was done.
import type { ExecutionContext } from 'ava'
import type { Operation } from '../../firmware/kernel/store.ts'
import { RtpListener } from '../audio/rtp-listener.ts'
import { type Station, TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { Voice } from '../phones/voice.ts'

interface Told {
  readonly whom: string
  readonly how: string
  readonly result: string
}
export interface HelpRecord {
  readonly dialled: string
  readonly caller: string
  readonly call_back: string
  readonly place: string
  readonly address: string
  readonly source: string
  readonly device: string | null
  readonly answered_by: string | null
  readonly ended_at: number | null
  readonly notices: readonly Told[]
}
type Resource = Record<string, unknown> & { readonly id: string; readonly rev: number; readonly name: string }

export interface Scene {
  readonly box: TestBox
  readonly stations: readonly Station[]
  readonly loudspeaker: RtpListener
  readonly guard: Voice
}

const put = (kind: string, { id, rev, ...value }: Resource, more: object): Operation => {
  return { op: 'put', kind, id, rev, value: { ...value, ...more } }
}

/** 201 stands in Hall 1, the guard is 203: told on the screen, and the loudspeakers tell the place. */
export async function scene(t: ExecutionContext): Promise<Scene> {
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  const group = `239.192.${1 + Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}`
  const loudspeaker = await RtpListener.open({ port: 5012, group })
  t.teardown(() => loudspeaker.close())
  const stations = await box.stations(['201', '202', '203'])
  const [caller, , guard] = stations
  if (caller === undefined || guard === undefined) throw new Error('no stations')
  const [site] = await box.resources<Resource>('site')
  const [stream] = await box.resources<Resource>('multicast-stream')
  const [zone] = await box.resources<Resource>('zone')
  const hall = (await box.resources<Resource>('location')).find(one => one.name === 'Hall 1')
  const device = (await box.resources<Resource>('device')).find(one => one.id === caller.device)
  if (!site || !stream || !zone || !hall || !device) throw new Error('a fresh box has them')
  await box.change('who answers calls for help', [
    put('site', site, { houseNumber: '1', street: 'Plant Road', city: 'Flint' }),
    put('multicast-stream', stream, { group, port: 5012 }),
    put('zone', zone, { sites: [] }),
    put('device', device, { location: hall.id }),
    {
      op: 'put',
      kind: 'emergency-plan',
      id: await box.newId('emergency-plan'),
      value: { name: 'Gate', answeringPoints: [guard.extension], screens: [guard.device], noticeZone: zone.id },
    },
  ])
  return { box, stations, loudspeaker, guard: await Voice.registered(t, box, '203') }
}

/** The newest record of a call for help, once it says `what`. */
export async function recorded(
  box: TestBox,
  what: string,
  holds: (record: HelpRecord) => boolean,
): Promise<HelpRecord> {
  let found: HelpRecord | undefined
  const look = async () => {
    const { calls } = await box.ask<{ calls: HelpRecord[] }>('emergency-calls/history')
    found = calls[0]
    return found !== undefined && holds(found)
  }
  await until(`the record says ${what}`, look, { seconds: 30, everyMilliseconds: 100 }).catch(error => {
    throw new Error(`${error instanceof Error ? error.message : error}: ${JSON.stringify(found)}`)
  })
  return found as HelpRecord
}
