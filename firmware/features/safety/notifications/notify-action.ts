// The action `notify`: who is to be told, in which words, and what became of it.
import { PbxError } from '../../../kernel/errors.ts'
import type { ActionKind, Context, Shortfall, Trigger } from '../../../kernel/feature.ts'
import { newIdentity } from '../../../kernel/identity.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import { devices } from '../../phones/devices/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { registrar } from '../../phones/registrar/feature.ts'
import { locations } from '../../places/locations/feature.ts'
import { contactsOf } from './contacts.ts'
import type {} from './facts.ts'
import { type Post, type Receipt, tell, tellInOrder, type Way } from './notice.ts'
import type { NoticeLog } from './records.ts'
import { screenWay } from './screen-way.ts'
import { NotifyParams } from './settings.ts'
import { words } from './words.en.ts'

/** Names are kept of so many who were missed. */
const MOST_NAMED = 20

/** Who missed a notice of late. */
export interface Missed {
  readonly label: string
  readonly text: string
  readonly why: string
  readonly at: number
}

/** Resolves when somebody was reached, or nobody but a screen was meant; rejects when nobody could be. */
export function notifyAction(
  ctx: Context,
  o: { missed: LiveCollection<Missed>; log: NoticeLog },
): ActionKind<NotifyParams> {
  return {
    title: words['notifications.action'],
    params: NotifyParams,
    async run(params, why, signal) {
      const notice = newIdentity('not')
      const text = textOf(params, why, ctx.use(locations).path(why.location))
      const alarm = why.alarm === undefined ? {} : { alarm: why.alarm }
      if (params.screens !== false)
        ctx.emit('notice.shown', { notice, text, drill: why.drill, ...alarm, at: ctx.clock.now(), ...whereOf(why) })
      const post = { clock: ctx.clock, signal, tried: triedBy(ctx, { notice, why }) }
      const contacts = contactsOf(ctx, params.contacts ?? [], why)
      const told = await Promise.all([tell(text, waysOf(ctx, params), post), tellInOrder(text, contacts, post)])
      const receipts = told.flat()
      note(ctx, o, { notice, text, why, receipts })
      if (receipts.length > 0 && !receipts.some(one => one.delivered))
        throw new PbxError('notifications.nobody-reached', 'nobody took the notice', { status: 503 })
      return shortfallOf(receipts)
    },
  }
}

function shortfallOf(receipts: readonly Receipt[]): Shortfall | undefined {
  const missed = receipts.filter(one => !one.delivered)
  if (missed.length === 0) return undefined
  const who = missed.slice(0, MOST_NAMED).map(({ way }) => way.label)
  return { missed: missed.length, unverified: 0, of: receipts.length, who }
}

/** `DRILL: Button “Gate”, Yard`. */
function textOf(params: NotifyParams, why: Trigger, place: string): string {
  const wanted = params.text?.trim() || words['notifications.default']
  const text = wanted.replaceAll('{cause}', why.cause).replaceAll('{place}', place)
  return why.drill ? `${words['notifications.drill']}${text}` : text
}

/** Writes each attempt down, for whoever shows them. */
function triedBy(ctx: Context, { notice, why }: { notice: string; why: Trigger }): Post['tried'] {
  const about = {
    notice,
    ...(why.call !== undefined && { call: why.call }),
    ...(why.alarm !== undefined && { alarm: why.alarm }),
    ...whereOf(why),
  }
  return ({ label: whom, how, confirms }, attempt, cause) => {
    const result = cause ?? (confirms ? 'confirmed' : 'told')
    ctx.emit('notice.tried', { ...about, whom, how, attempt, result, at: ctx.clock.now() })
  }
}

/** Each phone once, however many ways name it. */
function waysOf(ctx: Context, params: NotifyParams): readonly Way[] {
  const found = new Map<string, Way>()
  for (const id of params.devices ?? []) {
    const label = ctx.use(devices).get(id)?.name ?? id
    found.set(id, screenWay(ctx, { id, label, bindings: () => ctx.use(registrar).bindingsOfDevice(id) }))
  }
  for (const id of params.extensions ?? []) {
    const extension = ctx.use(extensions).get(id)
    const label = extension === undefined ? id : `${extension.number} ${extension.name}`
    const bindings = () =>
      ctx
        .use(extensions)
        .linesOf(id)
        .filter(line => !(params.devices ?? []).includes(line.device))
        .flatMap(line => ctx.use(registrar).bindingsOf(line.id))
    found.set(id, screenWay(ctx, { id, label, bindings }))
  }
  return [...found.values()]
}

function note(
  ctx: Context,
  o: { missed: LiveCollection<Missed>; log: NoticeLog },
  told: { notice: string; text: string; why: Trigger; receipts: readonly Receipt[] },
): void {
  const { notice, text, why, receipts } = told
  const at = ctx.clock.now()
  for (const { way, delivered, attempts, cause } of receipts) {
    const { id, label } = way
    if (delivered) o.missed.delete(id)
    else o.missed.set(id, { label, text, why: cause ?? '', at })
    const state = delivered ? 'delivered' : 'failed'
    const about = { notice, text: text.slice(0, 400), alarm: why.alarm ?? null, drill: why.drill ? 1 : 0, at }
    o.log.delivered({ ...about, recipient: id, label, state, cause: cause ?? null, attempts })
  }
  const reached = receipts.filter(one => one.delivered).length
  ctx.emit('notice.delivered', { notice, reached, missed: receipts.length - reached, ...whereOf(why) })
}

const whereOf = ({ location }: Trigger) => (location === undefined ? {} : { location })
