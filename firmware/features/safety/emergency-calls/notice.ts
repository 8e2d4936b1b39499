// Who hears that somebody called for help: screens, phones, a spoken page. All of it beside the call; none waits for another.
import type { Binding } from '../../../kernel/call/call.types.ts'
import { within } from '../../../kernel/clock.ts'
import type { Context, Trigger } from '../../../kernel/feature.ts'
import type { ActionRef } from '../../../kernel/schema.ts'
import type { WhileUncared } from './care.ts'
import type { EmergencyCall } from './facts.ts'
import type { EmergencyLog } from './records.ts'
import type { EmergencyPlan } from './settings.ts'
import type { Told } from './told.ts'
import { words } from './words.en.ts'

export interface Telling {
  readonly ctx: Pick<Context, 'act' | 'calls' | 'clock' | 'emit'>
  readonly log: EmergencyLog
  readonly told: Told
  bindingsOfDevice(device: string): readonly Binding[]
  /** Once somebody takes care of a call nobody else has to be told. */
  readonly whileUncared: WhileUncared
  /** Makes ready what this action will say. */
  prepare(notice: ActionRef): Promise<void> | undefined
}

/** A screen is tried so often, with a pause of milliseconds. */
const ATTEMPTS = 3
const PAUSE = 2000
/** A notice has so many characters at most. */
const LONGEST = 300
/** How long words may take to be made ready beside a call; milliseconds. */
const PATIENCE = 15_000

/** The line for a phone's screen. */
export const screenText = (call: EmergencyCall): string =>
  words['emergency-calls.screen']
    .replace('{dialled}', call.dialled)
    .replace('{caller}', call.caller)
    .replace('{place}', [call.place, call.address].filter(Boolean).join(', '))
    .replace('{callBack}', call.callBack)

/** What is spoken where the plan says so. */
export const spokenText = (place: string): string => words['emergency-calls.spoken'].replace('{place}', place)

/** The spoken notice as an action, so that it is made ready by whoever speaks pages. */
export const spokenNotice = (zone: string, place: string) => ({
  kind: 'page',
  params: { zone, text: spokenText(place), priority: 'emergency', tone: 'chime', repeats: 2, gapSeconds: 2 },
})

/**
 * Tells everybody the plan names and nobody was told before; resolves when each was told or could not be, which is
 * written down.
 */
export async function tell(telling: Telling, call: EmergencyCall, plan: EmergencyPlan | undefined): Promise<void> {
  const due = (notice: string) => telling.told.stateOf(call.call, notice) !== 'done'
  const screens = (plan?.screens ?? []).filter(device => due(screenOf(device)))
  const zones = [plan?.noticeZone].filter(zone => zone !== undefined && due(pageIn(zone))) as string[]
  const contacts = due(CONTACTS) ? (plan?.contacts ?? []) : []
  await Promise.all([
    toContacts(telling, call, contacts),
    ...screens.map(device => toScreen(telling, call, device)),
    ...zones.map(zone => speak(telling, call, zone)),
  ])
  telling.told.completed(call.call)
}

const CONTACTS = 'contacts'
const screenOf = (device: string) => `screen:${device}`
const pageIn = (zone: string) => `page:${zone}`

async function toScreen(telling: Telling, call: EmergencyCall, device: string): Promise<void> {
  for (let attempt = 1; attempt <= ATTEMPTS; attempt++) {
    if (attempt > 1) await telling.ctx.clock.sleep(PAUSE)
    if (await shownOn(telling, call, device)) break
  }
  telling.told.mark(call.call, screenOf(device), 'done')
}

/** Whether one of the phone's contacts took it; each says so by itself. */
async function shownOn(telling: Telling, call: EmergencyCall, device: string): Promise<boolean> {
  const bindings = telling.bindingsOfDevice(device)
  if (bindings.length === 0) written(telling, { call, whom: device, how: 'screen', result: 'not registered' })
  const took = await Promise.all(
    bindings.map(async binding => {
      const status = await telling.ctx.calls.message(binding, screenText(call), 'emergency')
      written(telling, { call, whom: device, how: 'screen', result: status < 300 ? 'shown' : `refused: ${status}` })
      return status < 300
    }),
  )
  return took.includes(true)
}

/** Contacts are told by whoever makes notices; each attempt comes back as the fact `notice.tried`. */
async function toContacts(telling: Telling, call: EmergencyCall, contacts: readonly string[]): Promise<void> {
  if (contacts.length === 0) return
  const { location } = call
  const why: Trigger = { ...reasonOf(call), call: call.call, ...(location !== undefined && { location }) }
  const params = { contacts, text: screenText(call).slice(0, LONGEST), screens: false }
  try {
    const told = (signal: AbortSignal) => telling.ctx.act({ kind: 'notify', params }, why, signal)
    await telling.whileUncared(call.call, told)
  } catch (error) {
    const result = error instanceof Error ? error.message : String(error)
    written(telling, { call, whom: CONTACTS, how: 'contacts', result })
  }
  telling.told.mark(call.call, CONTACTS, 'done')
}

const reasonOf = (call: EmergencyCall): Trigger => ({
  who: { by: 'box', name: 'emergency call' },
  cause: `${call.dialled} from ${call.caller}`,
  // A life may hang on it.
  gravity: 3,
  drill: false,
})

async function speak(telling: Telling, call: EmergencyCall, zone: string): Promise<void> {
  const why = reasonOf(call)
  const notice = spokenNotice(zone, call.place)
  const mark = (state: 'due' | 'begun' | 'done') => telling.told.mark(call.call, pageIn(zone), state)
  if (telling.told.stateOf(call.call, pageIn(zone)) === 'begun') {
    // Whoever makes pages makes those that were cut short again.
    written(telling, { call, whom: zone, how: 'page', result: 'made again after a restart' })
    mark('done')
    return
  }
  const say = () => {
    const heard = telling.ctx.act(notice, why)
    mark('begun')
    return heard
  }
  // A place that was named only just now has no words yet: late is better than not.
  const sayLate = async () => {
    mark('due')
    await within(telling.ctx.clock, PATIENCE, Promise.resolve(telling.prepare(notice)))
    await say()
  }
  try {
    await say().catch(sayLate)
    written(telling, { call, whom: zone, how: 'page', result: 'spoken' })
  } catch (error) {
    written(telling, { call, whom: zone, how: 'page', result: error instanceof Error ? error.message : String(error) })
  }
  mark('done')
}

/** Told to whoever looks, and kept with the call. */
export function written(
  telling: Pick<Telling, 'ctx' | 'log'>,
  o: {
    readonly call: Pick<EmergencyCall, 'call'>
    readonly whom: string
    readonly how: string
    readonly result: string
  },
): void {
  const { call, whom, how, result } = o
  telling.ctx.emit('emergency-call.told', { call: call.call, whom, how, result })
  telling.log.told({ call: call.call, at: telling.ctx.clock.now(), whom, how, result: result.slice(0, 200) })
}
