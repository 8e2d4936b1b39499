// The web of the box: HTTPS on its own certificate, the API, the live feed and the pages.
import type { Server as HttpsServer } from 'node:https'
import cookie from '@fastify/cookie'
import Fastify, { type FastifyInstance } from 'fastify'
import { PbxError } from '../../kernel/errors.ts'
import { asideRoutes } from './aside-routes.ts'
import { BodyCheck } from './body-check.ts'
import { changeRoutes } from './change-routes.ts'
import { describeRoutes, featureRoutes } from './describe-routes.ts'
import { openFeed } from './feed.ts'
import { MachineFigures } from './figures.ts'
import { guard } from './gate.ts'
import { healthRoutes } from './health-routes.ts'
import { hookRoutes } from './hook-routes.ts'
import { openKeys, type WebKeys } from './key-files.ts'
import { notFound, policy, servePages } from './pages.ts'
import type { Accounts, WebBox, WebOptions } from './ports.ts'
import { refuse } from './reply.ts'
import { resourceRoutes, settingsRoutes } from './resource-routes.ts'
import { Rights } from './rights.ts'
import { sessionRoutes } from './session-routes.ts'
import { SignInThrottle } from './throttle.ts'
import { uploadRoutes } from './upload-routes.ts'

const LARGEST_BODY = 256 * 1_024
const RENEWAL_CHECK = 12 * 3_600_000

/** A running web. */
export interface WebServer {
  readonly port: number
  /** PEM of the authority that browsers and phones are told to trust. */
  readonly authority: string
  close(): Promise<void>
}

/** Starts listening; throws `web.port-taken` or `web.cannot-listen` naming the option. */
export async function openWeb(box: WebBox, accounts: Accounts, options: WebOptions): Promise<WebServer> {
  const keys = await openKeys(options.keys, { names: options.names, now: box.clock.now() })
  if (keys.renewed !== undefined) box.log.info('the certificate of the pages was made anew', { why: keys.renewed })
  const app = newApp(keys)
  const figures = new MachineFigures(box)
  const server = app.server as unknown as HttpsServer
  const rights = new Rights(box)
  const feed = openFeed({ box, accounts, rights, server })
  await addRoutes(app, { box, accounts, options, keys, figures, rights, readers: feed.readers })
  try {
    await listen(app, options)
  } catch (error) {
    figures.close()
    await feed.close()
    await app.close()
    throw error
  }
  const stopRenewing = keepCertificate(server, box, options)
  const address = server.address()
  return {
    port: typeof address === 'object' && address ? address.port : options.port,
    authority: keys.authority,
    async close() {
      stopRenewing()
      figures.close()
      await feed.close()
      server.closeAllConnections()
      await app.close()
    },
  }
}

function newApp(keys: WebKeys): FastifyInstance {
  const app = Fastify({
    https: { key: keys.leaf.key, cert: keys.leaf.certificate, minVersion: 'TLSv1.2' },
    bodyLimit: LARGEST_BODY,
    requestTimeout: 30_000,
    connectionTimeout: 60_000,
    keepAliveTimeout: 30_000,
    routerOptions: { maxParamLength: 300 },
    forceCloseConnections: true,
  }) as unknown as FastifyInstance
  app.server.maxConnections = 1_000
  app.removeContentTypeParser('text/plain')
  return app
}

interface RouteParts {
  readonly box: WebBox
  readonly accounts: Accounts
  readonly options: WebOptions
  readonly keys: WebKeys
  readonly figures: MachineFigures
  readonly rights: Rights
  readers(): number
}

async function addRoutes(app: FastifyInstance, parts: RouteParts): Promise<void> {
  const { box, accounts, options, keys, rights } = parts
  const check = new BodyCheck()
  const throttle = new SignInThrottle(box.clock)
  app.setErrorHandler((error, request, reply) => refuse(box.log, error, { request, reply }))
  app.addHook('onSend', async (_request, reply) => {
    for (const [name, value] of Object.entries(HEADERS)) reply.header(name, value)
    if (!reply.hasHeader('content-security-policy')) reply.header('content-security-policy', policy(''))
  })
  await app.register(cookie)
  guard(app, box, accounts)
  sessionRoutes(app, { rights, accounts, check, throttle })
  resourceRoutes(app, { box, accounts, check, rights })
  settingsRoutes(app, { box, accounts, check, rights })
  changeRoutes(app, { box, check, rights })
  asideRoutes(app, { box, check })
  describeRoutes(app, { box, rights })
  healthRoutes(app, { ...parts, throttle })
  await hookRoutes(app, { box })
  await uploadRoutes(app, { box, check, rights })
  featureRoutes(app, { box, check, rights })
  app.get('/authority.crt', { config: { access: 'open' } }, (_request, reply) =>
    reply.type('application/x-x509-ca-cert').send(keys.authority),
  )
  if (options.pages !== undefined) await servePages(app, options.pages)
  else app.setNotFoundHandler((_request, reply) => notFound(reply))
}

/** No HSTS: the certificate is the box's own, and a browser that remembers HSTS would lock people out of a new box. */
const HEADERS: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'cross-origin-opener-policy': 'same-origin',
  'cross-origin-resource-policy': 'same-origin',
  'permissions-policy': 'camera=(), geolocation=(), microphone=(self)',
}

async function listen(app: FastifyInstance, options: WebOptions): Promise<void> {
  try {
    await app.listen({ host: options.host, port: options.port })
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException
    if (code === 'EADDRINUSE') {
      throw new PbxError(
        'web.port-taken',
        `port ${options.port} is taken: end what listens there, or choose another web port`,
        {
          status: 500,
          fields: { port: `${options.port} is taken on ${options.host}: choose another` },
          cause: error,
        },
      )
    }
    throw new PbxError(
      'web.cannot-listen',
      `cannot listen on ${options.host}, port ${options.port}: ${code ?? String(error)}`,
      {
        status: 500,
        fields: { host: 'is not an address of this machine, or the port needs more rights' },
        cause: error,
      },
    )
  }
}

/** Puts a renewed certificate to work without a restart; an untrusted clock renews nothing. */
function keepCertificate(server: HttpsServer, box: WebBox, options: WebOptions): () => void {
  const renew = async () => {
    const keys = await openKeys(options.keys, { names: options.names, now: box.clock.now() })
    if (keys.renewed === undefined) return
    server.setSecureContext({ key: keys.leaf.key, cert: keys.leaf.certificate, minVersion: 'TLSv1.2' })
    box.log.info('the certificate of the pages was made anew', { why: keys.renewed })
  }
  return box.clock.every(RENEWAL_CHECK, () => {
    if (!box.clock.trusted) return
    renew().catch((error: unknown) =>
      box.log.error('the certificate of the pages could not be renewed', { error: String(error) }),
    )
  })
}
