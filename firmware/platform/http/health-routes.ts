// The health of the box for its page, and its figures for a metrics collector (Prometheus text format 0.0.4).
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { PbxError } from '../../kernel/errors.ts'
import type { MachineFigures } from './figures.ts'
import type { Accounts, WebBox } from './ports.ts'
import type { SignInThrottle } from './throttle.ts'

export interface HealthParts {
  readonly box: WebBox
  readonly accounts: Accounts
  readonly figures: MachineFigures
  readonly throttle: SignInThrottle
  readers(): number
}

/** `/api/health` for people, `/metrics` for collectors: those sign in with name and password (HTTP Basic, RFC 7617). */
export function healthRoutes(app: FastifyInstance, parts: HealthParts): void {
  const { box, figures } = parts
  app.get('/api/health', { config: { access: { may: 'health.view' } } }, () => {
    const { problems, safeMode } = box.describe()
    return {
      safeMode,
      problems: problems.length,
      now: box.clock.now(),
      clockTrusted: box.clock.trusted,
      machine: figures.latest ?? null,
      loop: figures.loop(),
    }
  })

  app.get('/metrics', { config: { access: 'open' } }, async (request, reply) => {
    if (!(await mayCollect(request, parts))) {
      reply.header('www-authenticate', 'Basic realm="plant-pbx metrics", charset="UTF-8"')
      throw new PbxError('web.not-signed-in', 'metrics need a user who holds health.view', { status: 401 })
    }
    return reply.type('text/plain; version=0.0.4; charset=utf-8').send(metricsText(parts))
  })
}

async function mayCollect(request: FastifyRequest, parts: HealthParts): Promise<boolean> {
  const { box, accounts, throttle } = parts
  const session = request.session
  if (session) return !session.mustChangePassword && box.may(session.who, 'health.view')
  const [scheme, encoded = ''] = (request.headers.authorization ?? '').split(' ')
  if (scheme?.toLowerCase() !== 'basic') return false
  if (throttle.wait(request.ip) > 0)
    throw new PbxError('web.too-fast', 'too many attempts from here: wait', { status: 429 })
  const text = Buffer.from(encoded, 'base64').toString('utf8')
  const colon = text.indexOf(':')
  throttle.failed(request.ip)
  const who = await accounts.verify({ signIn: text.slice(0, Math.max(0, colon)), password: text.slice(colon + 1) })
  if (!who) return false
  throttle.succeeded(request.ip)
  return box.may(who, 'health.view')
}

function metricsText(parts: HealthParts): string {
  const { box, figures, readers } = parts
  const { metrics, problems, safeMode } = box.describe()
  const loop = figures.loop()
  const count = (severity: string) => problems.filter(problem => problem.severity === severity).length
  const lines = [
    ...Object.entries(metrics).map(([name, value]) => line(name, value)),
    line('safe_mode', safeMode ? 1 : 0),
    ...['info', 'warning', 'serious', 'danger'].map(severity =>
      line(`problems{severity="${severity}"}`, count(severity)),
    ),
    line('web_feed_readers', readers()),
    line('event_loop_delay_p99_seconds', loop.p99Milliseconds / 1_000),
    line('event_loop_delay_longest_seconds', loop.longestMilliseconds / 1_000),
    line('resident_memory_bytes', process.memoryUsage.rss()),
    ...(figures.latest ? machineLines(figures.latest) : []),
  ]
  return `${lines.join('\n')}\n`
}

const machineLines = (machine: NonNullable<MachineFigures['latest']>): readonly string[] => [
  line('machine_load', machine.load),
  line('machine_memory_available_bytes', machine.memory.availableBytes),
  ...machine.disks.map(disk =>
    line(`machine_disk_used_bytes{mount="${disk.mount.replace(/["\\\n]/g, '_')}"}`, disk.usedBytes),
  ),
  ...(machine.celsius === undefined ? [] : [line('machine_celsius', machine.celsius)]),
]

function line(name: string, value: number): string {
  const [bare = '', labels] = name.split(/(?=\{)/)
  return `pbx_${bare.replace(/[^a-zA-Z0-9_]/g, '_')}${labels ?? ''} ${Number.isFinite(value) ? value : 'NaN'}`
}
