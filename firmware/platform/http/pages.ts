// The built pages: hashed files that never change, one entry page that is asked for anew each time.
import { randomBytes } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { PbxError } from '../../kernel/errors.ts'

/** Where the entry page carries the number that lets its styles through the policy. */
const NONCE = '__NONCE__'

/** Serves the files below `directory`, and the entry page for every path that is a page of the application. */
export async function servePages(app: FastifyInstance, directory: string): Promise<void> {
  const entry = await readFile(join(directory, 'index.html'), 'utf8').catch((error: unknown) => {
    throw new PbxError('web.no-pages', `the pages are not built: ${directory}/index.html is missing`, {
      status: 500,
      cause: error,
    })
  })
  await app.register(fastifyStatic, { root: directory, serve: false, index: false })

  app.get<{ Params: { '*': string } }>('/assets/*', { config: { access: 'open' } }, (request, reply) => {
    reply.header('cache-control', 'public, max-age=31536000, immutable')
    return reply.sendFile(`assets/${request.params['*']}`, { cacheControl: false })
  })
  app.get('/favicon.svg', { config: { access: 'open' } }, (_request, reply) =>
    reply.sendFile('favicon.svg', { maxAge: 86_400_000 }),
  )

  app.setNotFoundHandler((request, reply) => {
    if (request.method !== 'GET' || !isPage(request.url, request.headers.accept)) return notFound(reply)
    const nonce = randomBytes(16).toString('base64')
    return reply
      .header('cache-control', 'no-store')
      .header('content-security-policy', policy(`'nonce-${nonce}'`))
      .type('text/html; charset=utf-8')
      .send(entry.replaceAll(NONCE, nonce))
  })
}

/** The first page is given to whoever looks, as a monitor does with curl; the others to those who ask for a page. */
const isPage = (url: string, accept = ''): boolean =>
  !url.startsWith('/api/') && (/^\/(\?|$)/.test(url) || accept.includes('text/html'))

/** 404 in the shape of all refusals. */
export const notFound = (reply: FastifyReply): FastifyReply =>
  reply.code(404).send({ error: { code: 'web.unknown-route', message: 'there is nothing here', fields: {} } })

/** Nothing from anywhere but this box; styles that the components write need the entry page's nonce. */
export const policy = (styles: string): string =>
  [
    "default-src 'none'",
    "script-src 'self'",
    `style-src-elem 'self' ${styles}`.trim(),
    "style-src-attr 'unsafe-inline'",
    "img-src 'self' data:",
    "font-src 'self'",
    "media-src 'self' blob:",
    "connect-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
  ].join('; ')
