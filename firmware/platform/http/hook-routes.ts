// Doors for things that are nobody's browser: what they send is handed to the feature as it came, whatever type it says it has.
import type { FastifyInstance } from 'fastify'
import { PbxError } from '../../kernel/errors.ts'
import type { WebBox } from './ports.ts'
import { send } from './send.ts'

/** A button says who it is and what happened; more is not read. Bytes. */
const LARGEST_BODY = 16 * 1024

/** `/api/hooks/<path>/<rest>`, by GET and POST; who asks is the feature's to find out. */
export async function hookRoutes(app: FastifyInstance, { box }: { box: WebBox }): Promise<void> {
  await app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers()
    scope.addContentTypeParser('*', { parseAs: 'string', bodyLimit: LARGEST_BODY }, (_request, body, done) =>
      done(null, body),
    )
    scope.route<{ Params: { hook: string; rest: string }; Querystring: Record<string, unknown> }>({
      method: ['GET', 'POST'],
      url: '/api/hooks/:hook/:rest',
      bodyLimit: LARGEST_BODY,
      config: { access: 'open' },
      handler: async (request, reply) => {
        const { hook: path, rest } = request.params
        const hook = box
          .describe()
          .features.flatMap(feature => feature.hooks)
          .find(one => one.path === path)
        if (hook === undefined)
          throw new PbxError('web.unknown-hook', `there is no hook "${path}": look at the address`, { status: 404 })
        const answer = await hook.run({
          method: request.method === 'POST' ? 'POST' : 'GET',
          rest,
          query: texts(request.query),
          headers: texts(request.headers),
          body: typeof request.body === 'string' ? request.body : '',
        })
        return send(reply, answer)
      },
    })
    registered()
  })
}

/** What is there once and is text. */
const texts = (given: Readonly<Record<string, unknown>>): Readonly<Record<string, string>> =>
  Object.fromEntries(Object.entries(given).filter((pair): pair is [string, string] => typeof pair[1] === 'string'))
