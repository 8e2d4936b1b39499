// Files from browsers: they flow to the disk piece by piece, and only what came whole is handed to the feature.
import { createWriteStream } from 'node:fs'
import { mkdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { PbxError } from '../../kernel/errors.ts'
import type { BodyCheck } from './body-check.ts'
import { type AnyRoute, routeOf } from './catalogue.ts'
import { insist, whoOf } from './gate.ts'
import type { WebBox } from './ports.ts'
import { notHere, type Rights } from './rights.ts'
import { send } from './send.ts'

type Parts = { readonly box: WebBox; readonly check: BodyCheck; readonly rights: Rights }
type Upload = NonNullable<AnyRoute['upload']>

/** `POST /api/uploads/<path>`: the body is the file, whatever type it says it has; the message is in the query. */
export async function uploadRoutes(app: FastifyInstance, parts: Parts): Promise<void> {
  const underWay = new Set<string>()
  await app.register((scope, _options, registered) => {
    scope.removeAllContentTypeParsers()
    // Not read before it is known who sends it, and what for.
    scope.addContentTypeParser('*', (_request, payload, done) => done(null, payload))
    scope.post<{ Params: { '*': string } }>(
      '/api/uploads/*',
      { config: { access: 'checked' } },
      async (request, reply) => {
        const path = `uploads/${request.params['*']}`
        const { route, upload, input } = await admitted(parts, request, path)
        if (underWay.has(path))
          throw new PbxError('web.upload-under-way', 'somebody uploads at this moment: try again in a minute', {
            status: 409,
          })
        underWay.add(path)
        const file = join(upload.directory, 'upload')
        try {
          await received(request.body as Readable | undefined, { file, upload })
          const answer = await route.run(input as never, whoOf(request), file)
          // Gone before the answer tells that it was taken.
          await rm(file, { force: true })
          return await send(reply, answer)
        } finally {
          await rm(file, { force: true })
          underWay.delete(path)
        }
      },
    )
    registered()
  })
}

async function admitted({ box, check, rights }: Parts, request: FastifyRequest, path: string) {
  const route = routeOf(box, 'POST', path)
  if (route?.upload === undefined)
    throw new PbxError('web.unknown-route', `there is no POST /api/${path}`, { status: 404 })
  const who = whoOf(request)
  if (!rights.somewhere(who, route.permission)) insist(box, request, route.permission)
  const input = route.input ? check.query(route.input, request.query) : {}
  if (!(await rights.onInput(who, route, input))) throw notHere(route.permission)
  if (Number(request.headers['content-length'] ?? 0) > route.upload.largestBytes) throw tooLarge(route.upload)
  return { route, upload: route.upload, input }
}

/** Throws `web.no-file`, `web.too-large`. A length that is not told, or told wrong, is counted. */
async function received(body: Readable | undefined, o: { file: string; upload: Upload }): Promise<void> {
  let bytes = 0
  async function* bounded(pieces: Readable) {
    for await (const piece of pieces as AsyncIterable<Buffer>) {
      bytes += piece.length
      if (bytes > o.upload.largestBytes) throw tooLarge(o.upload)
      yield piece
    }
  }
  await mkdir(o.upload.directory, { recursive: true, mode: 0o750 })
  if (body !== undefined && body !== null) await pipeline(body, bounded, createWriteStream(o.file, { mode: 0o640 }))
  if (bytes === 0)
    throw new PbxError('web.no-file', 'no file came: choose one', { fields: { file: 'is empty: choose another' } })
}

function tooLarge({ largestBytes }: Upload): PbxError {
  const most = `${Math.floor(largestBytes / 1_000_000)} MB`
  return new PbxError('web.too-large', `the file is larger than ${most}`, {
    status: 413,
    fields: { file: `is larger than ${most}: make it smaller` },
  })
}
