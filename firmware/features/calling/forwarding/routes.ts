// Verbs of forwarding: switching a forward, and what is switched.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Route } from '../../../kernel/feature.ts'
import { HistoryInput } from '../../../kernel/history-input.ts'
import type { Who } from '../../../kernel/store.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import type { SwitchLog } from './records.ts'
import { Switching, WHENS } from './settings.ts'
import type { Switches } from './switches.ts'

/** The routes of this feature. */
export function routesOf(ctx: Context, switches: Switches, log: SwitchLog): Route<never, unknown>[] {
  const change: Route<Switching, { switched: true }> = {
    method: 'POST',
    path: 'forwarding/switch',
    about: 'Switches a forward of an extension; holds at once.',
    permission: 'forwarding.switch',
    input: Switching,
    run(input, who) {
      switchOne(ctx, switches, { input, who })
      log.switched({
        at: ctx.clock.now(),
        extension: input.extension,
        when_: input.when,
        to_: input.asRule ? '' : (input.to ?? null),
        by_: who.name,
      })
      return { switched: true }
    },
  }
  const state: Route<Record<string, never>, unknown> = {
    method: 'GET',
    path: 'forwarding/switched',
    about: 'What people have switched at their extensions.',
    permission: 'forwarding.view',
    run: () => ({ switched: [...switches.all().keys()].flatMap(id => rowsOf(ctx, switches, id)) }),
  }
  const history: Route<HistoryInput, unknown> = {
    method: 'GET',
    path: 'forwarding/history',
    about: 'Who switched what, newest first.',
    permission: 'forwarding.view',
    input: HistoryInput,
    async run(asked) {
      const { rows, ...more } = await log.past(asked)
      return { history: rows.map(row => ({ ...row, label: labelOf(ctx, row.extension) })), ...more }
    },
  }
  return [change, state, history] as Route<never, unknown>[]
}

function switchOne(ctx: Context, switches: Switches, o: { input: Switching; who: Who }): void {
  const { extension, when, to, asRule } = o.input
  const known = ctx.use(extensions).get(extension)
  if (!known) throw new PbxError('forwarding.no-extension', 'there is no such extension', { status: 404 })
  const own = o.who.by === 'user' && known.user === o.who.id
  if (!own && !ctx.may(o.who, 'forwarding.manage'))
    throw new PbxError('forwarding.not-yours', 'this is not your extension', { status: 403 })
  if (to !== undefined) checkTarget(ctx, known, to)
  const switched = { at: ctx.clock.now(), by: o.who.name, ...(to !== undefined && { to }) }
  switches.set(extension, when, asRule ? undefined : switched)
}

function checkTarget(ctx: Context, extension: { id: string; number: string }, to: string): void {
  const owner = ctx.store.owner(to)
  const refuse = (why: string) => {
    throw new PbxError('forwarding.not-possible', `calls cannot be forwarded to ${to}: ${why}`, { fields: { to: why } })
  }
  if (!owner) refuse('nobody has this number')
  if (owner?.id === extension.id) refuse('this is the extension itself')
}

/** Number and name; of one that is gone its identity. */
function labelOf(ctx: Context, id: string): string {
  const known = ctx.use(extensions).get(id)
  return known ? `${known.number} ${known.name}`.trim() : id
}

function rowsOf(ctx: Context, switches: Switches, id: string) {
  const known = ctx.use(extensions).get(id)
  const own = switches.of(id)
  return WHENS.flatMap(when => {
    const it = own[when]
    if (!it || !known) return []
    return [{ extension: id, number: known.number, name: known.name, when, to: it.to ?? null, at: it.at, by: it.by }]
  })
}
