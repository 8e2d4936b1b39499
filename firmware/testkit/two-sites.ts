// Two plants under one box, and people who hold a role in one of them only: what tests of rights ask, over a real web.
import { mkdtemp, rm } from 'node:fs/promises'
import { request } from 'node:https'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import { features as product } from '../features/index.ts'
import { deviceKind } from '../features/phones/devices/feature.ts'
import { extensionKind } from '../features/phones/extensions/feature.ts'
import { lineKind } from '../features/phones/lines/feature.ts'
import type { Grant } from '../kernel/feature.ts'
import { describe } from '../platform/http/describe.ts'
import { openWeb } from '../platform/http/web-server.ts'
import { type Box, scenario } from './scenario.ts'
import { QUIET_MACHINE } from './web-host.ts'
import { TestAccounts } from './web-rig.ts'

/** Answers calls for help of both; stands nowhere. */
export const GUARD = '210'
/** A phone in each. */
export const NUMBERS = { north: '201', south: '202' } as const

export interface Reply {
  readonly status: number
  // biome-ignore lint/suspicious/noExplicitAny: bodies are looked at field by field
  readonly body: any
}
export type Ask = (method: string, path: string, o: { as: string; body?: unknown }) => Promise<Reply>
export interface Plant {
  readonly box: Box
  readonly ask: Ask
  readonly id: Readonly<Record<string, string>>
}

/** Two sites with a hall, a phone, a line and a zone each. Persons hold what their grants say, by name. */
export async function plant(t: ExecutionContext): Promise<Plant> {
  const id: Record<string, string> = {}
  const grants: Record<string, () => readonly Grant[]> = {
    nobody: () => [],
    north: () => [{ permissions: ['*'], scope: { site: id.northSite ?? '' } }],
    officer: () => [{ permissions: ['*'], scope: { zone: id.northZone ?? '' } }],
    looker: () => [{ permissions: ['devices.view', 'zones.view'], scope: { site: id.northSite ?? '' } }],
    speaker: () => [{ permissions: ['paging.speak', 'zones.view'], scope: { zone: id.northZone ?? '' } }],
    admin: () => [{ permissions: ['*'], scope: 'everything' }],
  }
  const box = await scenario({
    // Whoever answers for the grants of the product is left out: here the test does.
    extensions: [...Object.values(NUMBERS), GUARD],
    features: product.filter(one => one.name !== 'users'),
    grantsOf: who => (who.by === 'user' ? (grants[who.name]?.() ?? []) : []),
    async document(at) {
      for (const where of ['north', 'south'] as const) {
        id[`${where}Site`] = await at.put('site', { name: where })
        id[`${where}Hall`] = await at.put('location', { name: `Hall ${where}`, site: id[`${where}Site`] })
        id[`${where}Room`] = await at.put('location', {
          name: `Room ${where}`,
          site: id[`${where}Site`],
          parent: id[`${where}Hall`],
        })
        const number = NUMBERS[where]
        const post = at.store.all(deviceKind).find(one => one.name === `Phone ${number}`)
        id[`${where}Phone`] = await at.put('device', { name: `Phone ${where}`, location: id[`${where}Room`] }, post?.id)
        id[`${where}Line`] = at.store.all(lineKind).find(one => one.authName === number)?.id ?? ''
        id[`${where}Zone`] = await at.put('zone', { name: `Zone ${where}`, locations: [id[`${where}Hall`]] })
        const guards = at.store.all(extensionKind).filter(one => one.number === GUARD)
        const answeringPoints = guards.map(guard => guard.id)
        const help = { name: `Help ${where}`, sites: [id[`${where}Site`]], answeringPoints }
        id[`${where}Help`] = await at.put('emergency-plan', help)
        const steps = [{ kind: 'page', params: { zone: id[`${where}Zone`], text: 'Leave the hall.' } }]
        id[`${where}Plan`] = await at.put('plan', { name: `Plan ${where}`, site: id[`${where}Site`], steps })
      }
      id.bothZone = await at.put('zone', { name: 'Zone both', sites: [id.northSite, id.southSite] })
      id.nowhere = await at.put('extension', { number: '299', name: 'Post' })
    },
  })
  t.teardown(() => box.ends())
  return { box, id, ask: await served(t, box) }
}

async function served(t: ExecutionContext, box: Box): Promise<Ask> {
  const keys = await mkdtemp(join(tmpdir(), 'rights-'))
  const { host } = box
  const web = await openWeb(
    {
      clock: box.clock,
      log: host.shared.log,
      store: box.store,
      describe: () => describe(host),
      may: (who, verb, on) => host.may(who, verb, on),
      observe: observer => host.observe(observer),
      look: async () => QUIET_MACHINE,
    },
    new TestAccounts(),
    { host: '127.0.0.1', port: 0, names: ['127.0.0.1'], keys },
  )
  t.teardown(async () => {
    await web.close()
    await rm(keys, { recursive: true })
  })
  return (method, path, o) =>
    new Promise((resolve, reject) => {
      const payload = o.body === undefined ? undefined : JSON.stringify(o.body)
      const type = payload === undefined ? {} : { 'content-type': 'application/json' }
      const headers = { ...type, cookie: `__Host-pbx=${o.as}` }
      const where = { host: '127.0.0.1', port: web.port, ca: web.authority, agent: false } as const
      const sent = request({ ...where, method, path, headers }, reply => {
        let text = ''
        reply.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        reply.on('end', () =>
          resolve({ status: reply.statusCode ?? 0, body: text === '' ? undefined : JSON.parse(text) }),
        )
      })
      sent.on('error', reject)
      sent.end(payload)
    })
}
