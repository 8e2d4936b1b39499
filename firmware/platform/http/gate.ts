// Who is asking, and may they: every request of the API passes here; a route that does not say whom it lets in lets in nobody.
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { PbxError } from '../../kernel/errors.ts'
import type { Accounts, Session, WebBox } from './ports.ts'

/** Prefix `__Host-`: bound to this host, over TLS, for all paths (RFC 6265bis section 4.1.3.2). */
export const COOKIE = '__Host-pbx'

/**
 * Whom a route lets in: anybody, anybody signed in (even before the first password was changed), anybody signed in
 * properly, or who holds a permission. `checked` routes ask `may` themselves because what they touch depends on the path.
 */
export type Access = 'open' | 'session' | 'person' | 'checked' | { readonly may: string }

declare module 'fastify' {
  interface FastifyContextConfig {
    access?: Access
  }
  interface FastifyRequest {
    session: Session | undefined
    token: string | undefined
  }
}

/** Puts the gate before all routes of `app`. */
export function guard(app: FastifyInstance, box: WebBox, accounts: Accounts): void {
  app.decorateRequest('session', undefined)
  app.decorateRequest('token', undefined)
  app.addHook('onRequest', async (request, reply) => {
    checkOrigin(request)
    identify(request, accounts)
    const access = request.routeOptions.config.access
    if (request.is404) return
    admit(access, request, box)
    noStore(reply)
  })
}

/** The signed-in person; throws 401 where the gate let somebody in without a session. */
export function whoOf(request: FastifyRequest): Session['who'] {
  if (!request.session) throw notSignedIn()
  return request.session.who
}

/** Throws 403 unless the person of this request may. */
export function insist(box: WebBox, request: FastifyRequest, permission: string): void {
  if (!box.may(whoOf(request), permission)) throw forbidden(permission)
}

function identify(request: FastifyRequest, accounts: Accounts): void {
  const token = request.cookies[COOKIE]
  if (token === undefined) return
  request.session = accounts.session(token)
  request.token = request.session ? token : undefined
}

function admit(access: Access | undefined, request: FastifyRequest, box: WebBox): void {
  if (access === 'open') return
  if (access === undefined) throw forbidden('nothing')
  if (!request.session) throw notSignedIn()
  if (access === 'session') return
  if (request.session.mustChangePassword) {
    throw new PbxError('users.password-must-change', 'choose a password of your own first', { status: 403 })
  }
  if (typeof access === 'object') insist(box, request, access.may)
}

/** A page of another site cannot act in the name of whoever is signed in here: SameSite cookies, and this. */
function checkOrigin(request: FastifyRequest): void {
  if (request.method === 'GET' || request.method === 'HEAD') return
  const { origin, host } = request.headers
  const site = request.headers['sec-fetch-site']
  const foreign =
    origin === undefined ? site !== undefined && site !== 'same-origin' && site !== 'none' : hostOf(origin) !== host
  if (foreign)
    throw new PbxError('web.foreign-origin', 'this request comes from a page of another site', { status: 403 })
}

const hostOf = (origin: string): string | undefined => (URL.canParse(origin) ? new URL(origin).host : undefined)

function noStore(reply: FastifyReply): void {
  reply.header('cache-control', 'no-store')
}

const notSignedIn = (): PbxError => new PbxError('web.not-signed-in', 'sign in first', { status: 401 })
const forbidden = (permission: string): PbxError =>
  new PbxError(
    'web.not-allowed',
    `this needs the permission ${permission}: ask an administrator for a role that holds it`,
    {
      status: 403,
    },
  )
