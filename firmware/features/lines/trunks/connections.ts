// Connections over TLS to the trunks that speak it: which are kept, whom they are believed to lead to, and how they are.
import type { Address, Peer, PeerDoubt, SipEvent } from '../../../kernel/call/sip-port.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { DialParts } from './dial.ts'
import { isAddress } from './host-name.ts'
import type { Spot } from './locate.ts'
import { nextHop, transportOf } from './next-hop.ts'
import { fingerprintIn } from './proof.ts'
import type { Trunk } from './settings.ts'
import { viaOf } from './target.ts'
import { words } from './words.en.ts'

interface Standing {
  readonly up: boolean
  readonly why?: PeerDoubt
  readonly text?: string
}
export interface Away {
  readonly why: PeerDoubt
  readonly text: string
}

export class Connections {
  readonly #parts: Pick<DialParts, 'ctx' | 'watch' | 'trunks' | 'addresses'>
  readonly #standings
  #told = '[]'

  constructor(parts: Pick<DialParts, 'ctx' | 'watch' | 'trunks' | 'addresses'>) {
    this.#parts = parts
    this.#standings = parts.ctx.live.collection<Standing>('connection', { keep: 'process' })
  }

  /** Keeps connections to the addresses that trunks have now, and to no others. */
  adjust(): void {
    const { ctx, trunks, addresses } = this.#parts
    const secure = trunks().filter(trunk => transportOf(trunk) === 'tls')
    const peers = secure.flatMap(trunk => addresses.all(trunk).map(spot => peerOf(trunk, spot)))
    const keys = new Set(peers.map(({ address }) => keyOf(address)))
    for (const key of this.#standings.all().keys()) if (!keys.has(key)) this.#standings.delete(key)
    const text = JSON.stringify(peers)
    if (text !== this.#told) ctx.sip.keepConnections(peers)
    this.#told = text
    for (const trunk of trunks()) this.#judge(trunk)
  }

  observe(event: SipEvent): void {
    if (event.type !== 'connection-changed') return
    const { addresses, trunks, ctx } = this.#parts
    const key = keyOf(event.with)
    const before = this.#standings.get(key)
    this.#standings.set(key, event.up ? { up: true } : { up: false, why: event.why, text: event.text })
    const trunk = trunks().find(({ id }) => id === event.with.peer)
    const spot = trunk && addresses.all(trunk).find(one => keyOf(viaOf(trunk, one)) === key)
    if (trunk === undefined || spot === undefined) return
    addresses.told(trunk, spot, event.up)
    this.#judge(trunk)
    if (!event.up && before?.why !== event.why)
      ctx.log.warn('there is no connection to a trunk', { trunk: trunk.id, why: event.why, text: event.text })
  }

  /** A trunk none of whose addresses can be spoken to is down, whatever it took before. */
  #judge(trunk: Stored<Trunk>): void {
    const away = this.awayOf(trunk)
    this.#parts.watch.floor(trunk.id, 'connection', away && { health: 'down', why: sentence(away) })
  }

  /** Why there is no connection to any address of a trunk; undefined: there is one, or it is not known yet. */
  awayOf(trunk: Stored<Trunk>): Away | undefined {
    const all = this.#parts.addresses.all(trunk).map(spot => this.stateOf(trunk, spot))
    const [first] = all
    if (transportOf(trunk) !== 'tls' || first?.why === undefined || all.some(one => one?.why === undefined))
      return undefined
    return { why: first.why, text: first.text ?? '' }
  }

  /** Spoken to over TLS, and not connected. */
  isAway(trunk: Stored<Trunk>, spot: Spot): boolean {
    return spot.transport === 'tls' && this.stateOf(trunk, spot)?.up !== true
  }

  stateOf(trunk: Stored<Trunk>, spot: Spot): Standing | undefined {
    return spot.transport === 'tls' ? this.#standings.get(keyOf(viaOf(trunk, spot))) : undefined
  }
}

/** In the words of a person. */
export const sentence = ({ why, text }: Away): string => words[`trunks.connection.${why}`].replace('{text}', text)

/** Whom a trunk's certificate may be for: its next hop as it was entered, and its domain; never what a name server said. */
function peerOf(trunk: Stored<Trunk>, spot: Spot): Peer {
  const hop = nextHop(trunk).host
  const own = [hop, ...(trunk.proxy === undefined && trunk.domain !== undefined ? [trunk.domain] : [])]
  const name = own.find(one => !isAddress(one))
  const { fingerprint, authorities } = trunk
  return {
    address: viaOf(trunk, spot),
    names: own,
    ...(name !== undefined && { serverName: name }),
    ...(authorities.trim() !== '' && { authorities }),
    fingerprints: fingerprint === undefined ? [] : [fingerprintIn(fingerprint)],
    showsCertificate: trunk.showsCertificate,
  }
}

/** Several trunks may be at one address, each with its own connection. */
const keyOf = ({ host, port, peer }: Address): string => `${host} ${port} ${peer}`
