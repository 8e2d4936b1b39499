// A trunk as the switch takes it: its URI, the address to send to, what is passed on the way, and how it is proven and sealed.
import type { RingTarget } from '../../../kernel/call/call.types.ts'
import type { Address } from '../../../kernel/call/sip-port.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { PORTS, type Spot } from './locate.ts'
import { bracketed, routesOf } from './next-hop.ts'
import type { Trunk } from './settings.ts'

/** Where a trunk is spoken to, as a URI writes it. */
const hostOf = (trunk: Trunk): string => trunk.domain ?? bracketed(trunk.host)

/** The trunk's URI, of a user there or of itself. */
export function uriOf(trunk: Trunk, user?: string): string {
  const { domain, port = PORTS[trunk.transport] } = trunk
  const at = domain === undefined && port !== PORTS[trunk.transport] ? `:${port}` : ''
  const transport = trunk.transport === 'udp' ? '' : `;transport=${trunk.transport}`
  return `sip:${user === undefined ? '' : `${user}@`}${hostOf(trunk)}${at}${transport}`
}

/** One address of a trunk as the switch takes it: over TLS the trunk's own connection, whoever else is at that address. */
export const viaOf = ({ id }: Stored<Trunk>, { family, host, port, transport }: Spot): Address => ({
  family,
  host,
  port,
  transport,
  ...(transport === 'tls' && { peer: id }),
})

/** Where a request goes, and what it passes: of a call that is what the carrier said, too. */
export function wayTo(trunk: Stored<Trunk>, o: { user?: string; spot: Spot; service?: readonly string[] }) {
  const routes = routesOf(trunk, o.service)
  return { uri: uriOf(trunk, o.user), via: viaOf(trunk, o.spot), ...(routes.length > 0 && { routes }) }
}

/** Whom a trunk rings is named by a URI. */
export type TrunkTarget = Extract<RingTarget, { readonly uri: string }>

/** The trunk as a target at one of its addresses, and what is sent there as the number. */
export function targetOf(
  { ctx, serviceRoutes }: { readonly ctx: Context; readonly serviceRoutes: (trunk: string) => readonly string[] },
  trunk: Stored<Trunk>,
  { number, spot }: { number: string; spot: Spot },
): TrunkTarget {
  const secret = trunk.secret === undefined ? undefined : ctx.store.secret(trunk.secret)
  const { username, site, encryption } = trunk
  const user = encodeURIComponent(number).replace('%2B', '+')
  return {
    ...wayTo(trunk, { user, spot, service: serviceRoutes(trunk.id) }),
    party: { trunk: trunk.id, number, name: trunk.name, trust: 'trunk', ...(site !== undefined && { site }) },
    ...(username !== undefined && secret !== undefined && { credentials: { username, secret } }),
    ...(encryption !== 'when-offered' && { encryption }),
  }
}

/** Who speaks for a domain says so. */
export const hostAs = ({ domain: host }: Trunk) => (host === undefined ? {} : { host })
