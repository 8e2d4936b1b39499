// What the administrators changed, newest first, and taking it back.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { PbxError } from '../../kernel/errors.ts'
import { Type } from '../../kernel/schema.ts'
import type { ChangeSet } from '../../kernel/store.ts'
import type { BodyCheck } from './body-check.ts'
import { type Found, kindsOf, labelOf } from './catalogue.ts'
import { whoOf } from './gate.ts'
import type { WebBox } from './ports.ts'
import type { Rights } from './rights.ts'
import { withoutSecrets } from './secrets.ts'

const Page = Type.Object({
  limit: Type.Integer({ minimum: 1, maximum: 100, default: 50 }),
  before: Type.Optional(Type.Integer({ minimum: 1 })),
})
const Taken = Type.Object({ rev: Type.Integer({ minimum: 1 }) })
/** How far back one request looks for change sets that this person may see. */
const LOOK_BACK = 500
/** An import touches thousands of things: nobody reads them all, and writing them out would hold up a call. */
const SHOWN = 100

/** `/api/changes` and `/api/changes/:rev/undo`: who may see all of a change sees it, who may manage all of it may undo it. */
export function changeRoutes(app: FastifyInstance, parts: { box: WebBox; check: BodyCheck; rights: Rights }): void {
  const { box, check } = parts
  app.get('/api/changes', { config: { access: 'person' } }, request => {
    const { limit, before } = check.query(Page, request.query)
    const kinds = kindsOf(box)
    const seen = box.store.history(LOOK_BACK, before).filter(set => may(parts, request, { set, kinds, verb: 'view' }))
    return { items: seen.slice(0, limit).map(set => shown(set, kinds)), more: seen.length > limit }
  })

  app.post<{ Params: { rev: string } }>('/api/changes/:rev/undo', { config: { access: 'checked' } }, async request => {
    const { rev } = check.query(Taken, request.params)
    const set = box.store.history(1, rev + 1)[0]
    if (set?.rev !== rev)
      throw new PbxError('web.not-there', `change ${rev} is not in the history any more`, { status: 404 })
    if (!may(parts, request, { set, kinds: kindsOf(box), verb: 'manage' })) {
      throw new PbxError('web.not-allowed', 'this change touches things that you may not manage', { status: 403 })
    }
    const undone = await box.store.undo(rev, whoOf(request))
    return { change: undone.rev }
  })
}

type Asked = { set: ChangeSet; kinds: ReadonlyMap<string, Found>; verb: 'view' | 'manage' }

/** Both as it was and as it is: nobody moves a thing into another place, or out of it. */
function may({ box, rights }: { box: WebBox; rights: Rights }, request: FastifyRequest, o: Asked): boolean {
  const who = whoOf(request)
  return o.set.changes.every(change => {
    const verb = `${featureOf(change, o.kinds)}.${o.verb}`
    const kind = o.kinds.get(change.kind)?.kind
    if (kind === undefined) return box.may(who, verb)
    const sides = [change.before, change.after].filter(side => side !== undefined)
    return sides.every(side => rights.on(who, verb, { kind, value: { ...side, id: change.id } }))
  })
}

/** Changes of settings carry the feature's name as their id. */
const featureOf = (change: ChangeSet['changes'][number], kinds: ReadonlyMap<string, Found>): string =>
  kinds.get(change.kind)?.feature.name ?? change.id

function shown(set: ChangeSet, kinds: ReadonlyMap<string, Found>): object {
  const { rev, at, why, author, undoes } = set
  const changes = set.changes.slice(0, SHOWN).map(change => {
    const found = kinds.get(change.kind)
    const side = (value: object | undefined) =>
      value && found ? withoutSecrets(found.kind.schema, value).value : undefined
    const before = side(change.before)
    const after = side(change.after)
    const label = found ? labelOf(found.kind, change.after ?? change.before ?? {}) : change.id
    return { kind: change.kind, title: found?.kind.title[0] ?? change.kind, id: change.id, label, before, after }
  })
  return { rev, at, why, author, undoes, changes, touched: set.changes.length }
}
