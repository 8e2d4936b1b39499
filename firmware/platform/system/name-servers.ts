// Name servers asked through Node's own resolver (c-ares): on sockets of its own, never in libuv's few threads.
import { Resolver } from 'node:dns/promises'
import { PbxError } from '../../kernel/errors.ts'
import type { NameServers, Names } from '../../kernel/names.ts'

/** Of one question to one server, milliseconds. */
const PATIENCE = 1500
const TRIES = 2
/** What servers say of a name that is not, or that has no such record. */
const NOTHING = ['ENOTFOUND', 'ENODATA']
/** What servers say that know addresses only. */
const NOT_KNOWN = [...NOTHING, 'ENOTIMP', 'EREFUSED', 'EFORMERR']

/** A resolver for each question: it reads anew which servers the machine is told of, and shares no state with others. */
export const nameServers: Names = {
  askedOf: (servers): NameServers => ({
    rules: name =>
      answered({ name, nothing: NOT_KNOWN }, async () =>
        (await resolver(servers).resolveNaptr(name)).map(({ order, preference, flags, service, replacement }) => ({
          order,
          preference,
          flags,
          service,
          replacement,
        })),
      ),
    services: name =>
      answered({ name, nothing: NOT_KNOWN }, async () =>
        (await resolver(servers).resolveSrv(name)).map(({ priority, weight, port, name: host }) => ({
          priority,
          weight,
          port,
          host,
        })),
      ),
    addresses: (name, family) =>
      answered({ name, nothing: NOTHING }, async () => {
        const asked = resolver(servers)
        const found = await (family === 4 ? asked.resolve4(name, { ttl: true }) : asked.resolve6(name, { ttl: true }))
        return found.map(({ address, ttl }) => ({ address, ttlSeconds: ttl }))
      }),
  }),
}

function resolver(servers: readonly string[]): Resolver {
  const made = new Resolver({ timeout: PATIENCE, tries: TRIES })
  if (servers.length > 0) made.setServers(servers)
  return made
}

async function answered<T>(
  { name, nothing }: { readonly name: string; readonly nothing: readonly string[] },
  ask: () => Promise<readonly T[]>,
): Promise<readonly T[]> {
  try {
    return await ask()
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'failed'
    if (nothing.includes(code)) return []
    throw new PbxError('names.silent', `no name server answers for ${name} (${code})`, { status: 504, cause: error })
  }
}
