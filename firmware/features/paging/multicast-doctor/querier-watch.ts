// Listens whether somebody asks for groups (an IGMP querier): without one, a switch that snoops forgets who listens.
import type { GroupEar, SipPort } from '../../../kernel/call/sip-port.ts'
import type { Clock } from '../../../kernel/clock.ts'
import { PbxError } from '../../../kernel/errors.ts'
import { type Echo, type Query, readPacket } from './packets.ts'

/** How often what was heard is fetched, milliseconds. */
const FETCH_EVERY = 1000
/** A querier asks every 125 seconds; by then a switch has forgotten a group that nobody asked for (RFC 3376 sections 8.2 and 8.4). */
export const FORGOTTEN_AFTER_SECONDS = 260

/** What is known of a network's querier. */
export type Querier =
  | { readonly state: 'heard'; readonly query: Query; readonly agoSeconds: number }
  /** Nobody has asked for as long as switches remember. */
  | { readonly state: 'silent' }
  | { readonly state: 'not-yet'; readonly inSeconds: number }
  /** The system does not let the box listen. */
  | { readonly state: 'deaf'; readonly why: string }

interface Last {
  readonly query: Query
  /** On the monotonic clock, milliseconds. */
  readonly at: number
}

export class QuerierWatch {
  readonly #clock: Clock
  readonly #began: number
  readonly #last = new Map<string, Last>()
  readonly #why: string
  #echoes: (Echo & { readonly network: string })[] = []
  /** `undefined` where the system does not allow it. */
  readonly ear: GroupEar | undefined

  constructor(o: { sip: Pick<SipPort, 'openGroupEar'>; clock: Clock; signal: AbortSignal }) {
    this.#clock = o.clock
    this.#began = o.clock.since()
    const { ear, why } = opened(o.sip)
    this.ear = ear
    this.#why = why
    if (ear === undefined) return
    o.clock.every(FETCH_EVERY, () => this.fetch())
    o.signal.addEventListener('abort', () => ear.close(), { once: true })
  }

  fetch(): void {
    for (const { interface: network, packet } of this.ear?.heard() ?? []) {
      const said = readPacket(packet)
      // Questions about one group follow when somebody leaves it; what keeps groups alive are those about all.
      if (said?.kind === 'query' && said.general) this.#last.set(network, { query: said, at: this.#clock.since() })
      else if (said?.kind === 'echo') this.#echoes = [...this.#echoes, { ...said, network }].slice(-MOST_ECHOES)
    }
  }

  /** The probes that came back since it was asked last, and where. */
  echoes(): readonly (Echo & { readonly network: string })[] {
    const echoes = this.#echoes
    this.#echoes = []
    return echoes
  }

  of(network: string): Querier {
    if (this.ear === undefined) return { state: 'deaf', why: this.#why }
    const last = this.#last.get(network)
    const quiet = (this.#clock.since() - (last?.at ?? this.#began)) / 1000
    if (last !== undefined && quiet < FORGOTTEN_AFTER_SECONDS)
      return { state: 'heard', query: last.query, agoSeconds: Math.round(quiet) }
    if (quiet >= FORGOTTEN_AFTER_SECONDS) return { state: 'silent' }
    return { state: 'not-yet', inSeconds: Math.ceil(FORGOTTEN_AFTER_SECONDS - quiet) }
  }
}

const MOST_ECHOES = 1000

/** A box that may not listen still pages: it says so, and knows less. */
function opened(sip: Pick<SipPort, 'openGroupEar'>): { ear: GroupEar | undefined; why: string } {
  try {
    return { ear: sip.openGroupEar(), why: '' }
  } catch (error) {
    if (!(error instanceof PbxError)) throw error
    return { ear: undefined, why: error.message }
  }
}
