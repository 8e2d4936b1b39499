// Signing in and out of the box, and the password of the person who is signed in.
import type { FastifyInstance, FastifyReply } from 'fastify'
import { PbxError } from '../../kernel/errors.ts'
import { Type } from '../../kernel/schema.ts'
import type { BodyCheck } from './body-check.ts'
import { COOKIE } from './gate.ts'
import type { Accounts, Session } from './ports.ts'
import type { Rights } from './rights.ts'
import type { SignInThrottle } from './throttle.ts'

const SignIn = Type.Object(
  { signIn: Type.String({ minLength: 1, maxLength: 120 }), password: Type.String({ minLength: 1, maxLength: 256 }) },
  { additionalProperties: false },
)
const NewPassword = Type.Object(
  { current: Type.String({ minLength: 1, maxLength: 256 }), next: Type.String({ minLength: 1, maxLength: 256 }) },
  { additionalProperties: false },
)
/** Argon2 fills 19 MiB and a libuv thread per check: two at a time, a few waiting, the rest asked to come back. */
const CHECKS_WAITING = 8

export interface SessionParts {
  readonly rights: Rights
  readonly accounts: Accounts
  readonly check: BodyCheck
  readonly throttle: SignInThrottle
}

/** `/api/session`: who am I, sign in, sign out, sign out elsewhere, change password. */
export function sessionRoutes(app: FastifyInstance, parts: SessionParts): void {
  const { accounts, check, throttle } = parts
  let waiting = 0

  app.get('/api/session', { config: { access: 'open' } }, request => ({
    session: request.session ? shown(request.session, parts.rights) : null,
  }))

  app.post('/api/session', { config: { access: 'open' } }, async (request, reply) => {
    const { signIn, password } = check.body(SignIn, request.body)
    refuseTooFast(throttle.wait(request.ip), reply)
    if (waiting >= CHECKS_WAITING) refuseTooFast(1_000, reply)
    waiting += 1
    // Counted as failed until it succeeded, so that many guesses at once count as many.
    throttle.failed(request.ip)
    try {
      const opened = await accounts.signIn({ signIn, password, from: request.ip })
      if (!opened) throw new PbxError('web.wrong-password', 'name and password do not belong together', { status: 401 })
      throttle.succeeded(request.ip)
      keep(reply, opened.token)
      return { session: shown(opened.session, parts.rights) }
    } finally {
      waiting -= 1
    }
  })

  app.delete('/api/session', { config: { access: 'session' } }, (request, reply) => {
    if (request.token !== undefined) accounts.signOut(request.token)
    reply.clearCookie(COOKIE, { path: '/', secure: true, httpOnly: true, sameSite: 'strict' })
    return { session: null }
  })

  app.post('/api/session/elsewhere', { config: { access: 'person' } }, request => ({
    ended: accounts.signOutElsewhere(request.token ?? ''),
  }))

  app.post('/api/session/password', { config: { access: 'session' } }, async (request, reply) => {
    refuseTooFast(throttle.wait(request.ip), reply)
    const asked = check.body(NewPassword, request.body)
    try {
      await accounts.changePassword(request.token ?? '', asked)
    } catch (error) {
      if (error instanceof PbxError && error.fields.current !== undefined) throttle.failed(request.ip)
      throw error
    }
    const session = accounts.session(request.token ?? '')
    return { session: session ? shown(session, parts.rights) : null }
  })
}

/** What the browser is told of a session: who, and all that he may, here or there. */
function shown(session: Session, rights: Rights): object {
  return {
    user: { id: session.who.id, name: session.who.name, signIn: session.signIn, roles: session.roles },
    mustChangePassword: session.mustChangePassword,
    permissions: session.mustChangePassword ? [] : rights.heldBy(session.who),
  }
}

function keep(reply: FastifyReply, token: string): void {
  // No expiry: the browser forgets it when it closes, the box when it was idle for too long.
  reply.setCookie(COOKIE, token, { path: '/', secure: true, httpOnly: true, sameSite: 'strict' })
}

function refuseTooFast(milliseconds: number, reply: FastifyReply): void {
  if (milliseconds <= 0) return
  const seconds = Math.ceil(milliseconds / 1_000)
  reply.header('retry-after', String(seconds))
  throw new PbxError('web.too-fast', `too many attempts from here: try again in ${seconds} seconds`, { status: 429 })
}
