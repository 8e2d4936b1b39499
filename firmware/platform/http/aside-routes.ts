// What is kept but not used: damaged, made by a newer version, or pointing nowhere; with what is wrong and the ways out.
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { PbxError } from '../../kernel/errors.ts'
import { Type } from '../../kernel/schema.ts'
import type { ChangeSet, SetAside } from '../../kernel/store.ts'
import type { BodyCheck } from './body-check.ts'
import { type Found, kindsOf } from './catalogue.ts'
import { insist, whoOf } from './gate.ts'
import type { WebBox } from './ports.ts'
import { withoutSecrets } from './secrets.ts'

const Removed = Type.Object({ rev: Type.Optional(Type.Integer({ minimum: 0 })) })
/** More than anybody mends one by one. */
const SHOWN = 200
/** How far back the change that broke it is looked for. */
const LOOK_BACK = 500

/** `/api/aside` for who may see the health of the box; values and deletion for who may see and manage that kind. */
export function asideRoutes(app: FastifyInstance, parts: { box: WebBox; check: BodyCheck }): void {
  const { box, check } = parts
  app.get('/api/aside', { config: { access: { may: 'health.view' } } }, request => {
    const aside = box.store.setAside()
    const kinds = kindsOf(box)
    const past = box.store.history(LOOK_BACK)
    const items = aside.slice(0, SHOWN).flatMap(({ kind, id }) => {
      const one = box.store.aside(kind, id)
      return one ? [shown(one, { box, request, kinds, past })] : []
    })
    return { total: aside.length, items }
  })

  type OfOne = { Params: { kind: string; id: string } }
  app.delete<OfOne>('/api/aside/:kind/:id', { config: { access: 'checked' } }, async request => {
    const { kind, id } = request.params
    insist(box, request, `${featureOf(kind, id, kindsOf(box))}.manage`)
    const one = box.store.aside(kind, id)
    if (!one) throw new PbxError('web.not-there', 'this is not set aside any more', { status: 404 })
    const { rev } = check.query(Removed, request.query)
    const set = await box.store.change({
      why: `${kind} ${one.label}, which was set aside, deleted`,
      author: whoOf(request),
      ops: [{ op: 'delete', kind, id, ...(rev === undefined ? {} : { rev }) }],
    })
    return { change: set.rev }
  })
}

interface Look {
  readonly box: WebBox
  readonly request: FastifyRequest
  readonly kinds: ReadonlyMap<string, Found>
  readonly past: readonly ChangeSet[]
}

/** Of a kind that nobody knows the kind itself: only who may do everything reaches it. */
const featureOf = (kind: string, id: string, kinds: ReadonlyMap<string, Found>): string =>
  kinds.get(kind)?.feature.name ?? (kind === 'settings' ? id : kind)

function shown(one: SetAside, { box, request, kinds, past }: Look): object {
  const { kind, id, rev, label, why, faults, known } = one
  const feature = featureOf(kind, id, kinds)
  const found = kinds.get(kind)
  const view = box.may(whoOf(request), `${feature}.view`)
  const last = past.find(set => set.changes.some(change => change.kind === kind && change.id === id))
  const schema = found?.kind.schema ?? box.describe().features.find(each => each.name === feature)?.settings
  return {
    kind,
    id,
    rev,
    known,
    title: found?.kind.title[0] ?? kind,
    manage: box.may(whoOf(request), `${feature}.manage`),
    ...(view ? { label, why, faults, value: withoutSecrets(schema ?? {}, one.value).value } : { label: id }),
    ...(view && last ? { last: { rev: last.rev, at: last.at, why: last.why, by: last.author.name } } : {}),
  }
}
