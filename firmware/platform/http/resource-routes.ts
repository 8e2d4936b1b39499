// Resources and settings over the API, straight from the manifests: list, read, create, edit, delete, pick.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { PbxError } from '../../kernel/errors.ts'
import { Type } from '../../kernel/schema.ts'
import type { Operation, Use } from '../../kernel/store.ts'
import type { BodyCheck } from './body-check.ts'
import { type AnyKind, kindOf, labelOf, settingsOf } from './catalogue.ts'
import { insist, whoOf } from './gate.ts'
import { Listing, type Row } from './listing.ts'
import type { Accounts, WebBox } from './ports.ts'
import { notHere, type Rights } from './rights.ts'
import { withoutSecrets, withSecrets } from './secrets.ts'

const Page = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 120 })),
  offset: Type.Integer({ minimum: 0, default: 0 }),
  limit: Type.Integer({ minimum: 1, maximum: 500, default: 100 }),
})
const Picked = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 120 })),
  ids: Type.Optional(Type.String({ maxLength: 6_000 })),
})
const Written = Type.Object(
  {
    value: Type.Record(Type.String(), Type.Unknown()),
    rev: Type.Optional(Type.Integer({ minimum: 0 })),
    why: Type.Optional(Type.String({ maxLength: 200 })),
  },
  { additionalProperties: false },
)
const Removed = Type.Object({ rev: Type.Optional(Type.Integer({ minimum: 0 })) })

export interface ResourceParts {
  readonly box: WebBox
  readonly accounts: Accounts
  readonly check: BodyCheck
  readonly rights: Rights
}
type OfKind = { Params: { kind: string } }
type OfOne = { Params: { kind: string; id: string } }

/** `/api/resources/:kind[/:id]` and `/api/choices/:kind`. */
export function resourceRoutes(app: FastifyInstance, parts: ResourceParts): void {
  const { box, check } = parts
  const listing = new Listing(box)
  const access = { config: { access: 'checked' } } as const

  app.get<OfKind>('/api/resources/:kind', access, async request => {
    const kind = allowed(parts, request, 'view')
    const keep = visible(parts, request, kind)
    const { total, rows } = await listing.page(kind, { ...check.query(Page, request.query), ...keep })
    return { total, revision: box.store.revision, items: rows.map(row => shown(kind, row)) }
  })

  app.get<OfKind>('/api/choices/:kind', access, async request => {
    const kind = allowed(parts, request, 'view')
    const { q, ids } = check.query(Picked, request.query)
    const keep = visible(parts, request, kind)
    const rows =
      ids === undefined
        ? (await listing.page(kind, { ...(q ? { q } : {}), ...keep, offset: 0, limit: 50 })).rows
        : named(box, kind, ids).filter(keep.keep ?? (() => true))
    return { items: rows.map(row => ({ id: row.id, label: labelOf(kind, row) })) }
  })

  app.get<OfOne>('/api/resources/:kind/:id', access, request => {
    const kind = allowed(parts, request, 'view')
    const row = existing(box, kind, request.params.id)
    insistOn(parts, request, { verb: 'view', kind, value: row })
    const aside = box.store.aside(kind.kind, row.id)
    const wrong = aside === undefined ? {} : { aside: { why: aside.why, faults: aside.faults } }
    return { ...shown(kind, row), ...wrong, uses: usesOf(parts, request, row.id) }
  })

  app.post<OfKind>('/api/resources/:kind', access, async (request, reply) => {
    const kind = allowed(parts, request, 'manage')
    const id = box.store.newId(kind.kind)
    const put = await writing(parts, kind, { request, id })
    insistOn(parts, request, { verb: 'manage', kind, value: { ...writtenBy(put), id } })
    reply.code(201)
    return change(parts, kind, { request, id, op: put, verb: 'added' })
  })

  app.put<OfOne>('/api/resources/:kind/:id', access, async request => {
    const kind = allowed(parts, request, 'manage')
    const before = existing(box, kind, request.params.id)
    const { id } = before
    insistOn(parts, request, { verb: 'manage', kind, value: before })
    const put = await writing(parts, kind, { request, id })
    insistOn(parts, request, { verb: 'manage', kind, value: { ...writtenBy(put), id } })
    return change(parts, kind, { request, id, op: put, verb: 'changed' })
  })

  app.delete<OfOne>('/api/resources/:kind/:id', access, async (request, reply) => {
    const kind = allowed(parts, request, 'manage')
    const before = existing(box, kind, request.params.id)
    const { id } = before
    insistOn(parts, request, { verb: 'manage', kind, value: before })
    const { rev } = check.query(Removed, request.query)
    const op: Operation = { op: 'delete', kind: kind.kind, id, ...(rev === undefined ? {} : { rev }) }
    try {
      return await change(parts, kind, { request, id, op, verb: 'deleted' })
    } catch (error) {
      if (!(error instanceof PbxError) || error.code !== 'store.in-use') throw error
      const { code, message, fields } = error
      return reply.code(409).send({ error: { code, message, fields, uses: usesOf(parts, request, id) } })
    }
  })
}

type OfFeature = { Params: { feature: string } }

/** `/api/settings/:feature`. */
export function settingsRoutes(app: FastifyInstance, parts: ResourceParts): void {
  const { box, check, accounts } = parts
  const access = { config: { access: 'checked' } } as const

  app.get<OfFeature>('/api/settings/:feature', access, request => {
    const feature = settingsOf(box, request.params.feature)
    insist(box, request, `${feature.name}.view`)
    return withoutSecrets(feature.settings, box.store.settings<object>(feature.name))
  })

  app.put<OfFeature>('/api/settings/:feature', access, async request => {
    const feature = settingsOf(box, request.params.feature)
    insist(box, request, `${feature.name}.manage`)
    const body = check.body(Written, request.body)
    const before = box.store.settings<object>(feature.name)
    const value = await withSecrets(feature.settings, body.value, { before, accounts })
    const set = await box.store.change({
      why: body.why ?? `settings of ${feature.name} changed`,
      author: whoOf(request),
      ops: [{ op: 'settings', feature: feature.name, value }],
    })
    return { ...withoutSecrets(feature.settings, box.store.settings<object>(feature.name)), change: set.rev }
  })
}

function allowed(parts: ResourceParts, request: FastifyRequest<OfKind>, verb: 'view' | 'manage'): AnyKind {
  const { feature, kind } = kindOf(parts.box, request.params.kind)
  const permission = `${feature.name}.${verb}`
  if (!parts.rights.somewhere(whoOf(request), permission)) insist(parts.box, request, permission)
  return kind
}

/** A grant that is limited to a place shows what is there. */
function visible(parts: ResourceParts, request: FastifyRequest, kind: AnyKind): { keep?: (row: Row) => boolean } {
  const { feature } = kindOf(parts.box, kind.kind)
  const who = whoOf(request)
  const verb = `${feature.name}.view`
  if (parts.rights.everywhere(who, verb)) return {}
  return { keep: value => parts.rights.on(who, verb, { kind, value }) }
}

function insistOn(
  parts: ResourceParts,
  request: FastifyRequest,
  o: { readonly verb: 'view' | 'manage'; readonly kind: AnyKind; readonly value: object },
): void {
  const verb = `${kindOf(parts.box, o.kind.kind).feature.name}.${o.verb}`
  if (!parts.rights.on(whoOf(request), verb, o)) throw notHere(verb, o)
}

const writtenBy = (operation: Operation): object => (operation.op === 'put' ? operation.value : {})

/** Also one that is set aside: its form is where it is mended. */
function existing(box: WebBox, kind: AnyKind, id: string): Row {
  const row = box.store.get(kind, id) ?? rowOfAside(box, kind, id)
  if (row) return row
  throw new PbxError('web.not-there', `this ${kind.title[0]} is not there: somebody may have deleted it`, {
    status: 404,
  })
}

function rowOfAside(box: WebBox, kind: AnyKind, id: string): Row | undefined {
  const aside = box.store.aside(kind.kind, id)
  return aside && { ...aside.value, id, rev: aside.rev }
}

const named = (box: WebBox, kind: AnyKind, ids: string): readonly Row[] =>
  ids.split(',').flatMap(id => box.store.get(kind, id) ?? [])

const shown = (kind: AnyKind, row: Row): object => ({ id: row.id, rev: row.rev, ...withoutSecrets(kind.schema, row) })

/** Who points here, as far as this person may know. */
function usesOf({ box, rights }: ResourceParts, request: FastifyRequest, id: string): readonly Use[] {
  return box.store.uses(id).filter(use => {
    try {
      const { feature, kind } = kindOf(box, use.kind)
      const value = box.store.get(kind, use.id) ?? {}
      return rights.on(whoOf(request), `${feature.name}.view`, { kind, value })
    } catch {
      // Of a feature that does not run now: named all the same, or nobody could find what stands in the way.
      return true
    }
  })
}

async function writing(
  parts: ResourceParts,
  kind: AnyKind,
  o: { request: FastifyRequest; id: string },
): Promise<Operation> {
  const { box, check, accounts } = parts
  const body = check.body(Written, o.request.body)
  const before = box.store.get(kind, o.id) ?? rowOfAside(box, kind, o.id)
  const value = await withSecrets(kind.schema, body.value, { before, accounts })
  const rev = body.rev === undefined ? {} : { rev: body.rev }
  return { op: 'put', kind: kind.kind, id: o.id, value, ...rev }
}

async function change(
  parts: ResourceParts,
  kind: AnyKind,
  o: { request: FastifyRequest; id: string; op: Operation; verb: string },
): Promise<object> {
  const { box } = parts
  const before = box.store.get(kind, o.id)
  const label = labelOf(kind, before ?? (o.op.op === 'put' ? o.op.value : {}))
  const why = (o.request.body as { why?: string } | undefined)?.why ?? `${kind.title[0]} ${label} ${o.verb}`
  const set = await box.store.change({ why, author: whoOf(o.request), ops: [o.op] })
  const after = box.store.get(kind, o.id)
  return after ? { ...shown(kind, after), change: set.rev } : { id: o.id, change: set.rev }
}
