// What this box can do, as the signed-in person may see it: schemas for forms, kinds for pickers, problems with their remedy.
import type { FastifyInstance } from 'fastify'
import { PbxError } from '../../kernel/errors.ts'
import type { BodyCheck } from './body-check.ts'
import { type AnyRoute, routeOf } from './catalogue.ts'
import { insist, whoOf } from './gate.ts'
import { answerOf } from './narrowed.ts'
import type { DescribedFeature, WebBox } from './ports.ts'
import { notHere, type Rights } from './rights.ts'
import { send } from './send.ts'

/** The gravest come first; a plant with more than these has one trouble, not hundreds. */
const PROBLEMS_SHOWN = 200

/** `/api/describe`, `/api/destinations`, `/api/actions`, `/api/permissions`, `/api/problems`. */
export function describeRoutes(app: FastifyInstance, { box, rights }: { box: WebBox; rights: Rights }): void {
  const person = { config: { access: 'person' } } as const

  app.get('/api/describe', person, request => {
    const who = whoOf(request)
    const { features, safeMode } = box.describe()
    const visible = features.filter(feature =>
      Object.keys(feature.permissions).some(name => rights.somewhere(who, name)),
    )
    return {
      safeMode,
      features: visible.map(feature =>
        shown(feature, {
          may: verb => rights.somewhere(who, `${feature.name}.${verb}`),
          everywhere: verb => box.may(who, `${feature.name}.${verb}`),
          reaches: route => rights.reaches(who, route),
        }),
      ),
    }
  })

  app.get('/api/destinations', person, () => {
    const kinds = Object.entries(box.describe().destinations)
    return { kinds: kinds.map(([kind, offered]) => ({ kind, title: offered.title, choices: offered.choices() })) }
  })

  app.get('/api/actions', person, () => {
    const kinds = Object.entries(box.describe().actions)
    return { kinds: kinds.map(([kind, { title, params }]) => ({ kind, title, params })) }
  })

  app.get('/api/permissions', { config: { access: { may: 'roles.view' } } }, () => ({
    permissions: box
      .describe()
      .features.flatMap(feature =>
        Object.entries(feature.permissions).map(([name, text]) => ({ name, text, feature: feature.name })),
      ),
  }))

  app.get('/api/problems', { config: { access: { may: 'health.view' } } }, () => {
    const { problems } = box.describe()
    return { total: problems.length, problems: problems.slice(0, PROBLEMS_SHOWN) }
  })
}

/** Verbs of features: `/api/<path>`, looked up at each request because features come and go. */
export function featureRoutes(app: FastifyInstance, parts: { box: WebBox; check: BodyCheck; rights: Rights }): void {
  const { box, check, rights } = parts
  app.route<{ Params: { '*': string } }>({
    method: ['GET', 'POST'],
    url: '/api/*',
    // A recording of a message is the largest thing that a verb takes; who is not signed in sends none.
    bodyLimit: 3 * 1_024 * 1_024,
    config: { access: 'checked' },
    handler: async (request, reply) => {
      const route = routeOf(box, request.method, request.params['*'])
      if (!route || route.upload)
        throw new PbxError('web.unknown-route', `there is no ${request.method} /api/${request.params['*']}`, {
          status: 404,
        })
      const who = whoOf(request)
      if (!rights.somewhere(who, route.permission)) insist(box, request, route.permission)
      const sent = request.method === 'GET' ? request.query : (request.body ?? {})
      const input = route.input
        ? request.method === 'GET'
          ? check.query(route.input, sent)
          : check.body(route.input, sent)
        : {}
      if (!(await rights.onInput(who, route, input))) throw notHere(route.permission)
      const output = await answerOf(route, { input, who, rights })
      return send(reply, output)
    },
  })
}

function shown(
  feature: DescribedFeature,
  {
    may,
    everywhere,
    reaches,
  }: { may(verb: string): boolean; everywhere(verb: string): boolean; reaches(route: AnyRoute): boolean },
): object {
  const { name, about, words } = feature
  const view = may('view')
  const manage = may('manage')
  return {
    name,
    about,
    words,
    view,
    manage,
    ...(feature.settings && everywhere('view') ? { settings: feature.settings } : {}),
    resources: view ? feature.resources.map(({ kind, title, label, schema }) => ({ kind, title, label, schema })) : [],
    routes: (feature.routes as unknown as readonly AnyRoute[])
      .filter(reaches)
      .map(({ method, path, about, permission, input }) => ({ method, path, about, permission, input })),
  }
}
