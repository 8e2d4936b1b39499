// Where the box registers at carriers: it says where it is, proves it, and says so again before its time is over.
import { randomBytes } from 'node:crypto'
import type { SipEvent, SipHeader } from '../../../kernel/call/sip-port.ts'
import type { Context } from '../../../kernel/feature.ts'
import { newIdentity } from '../../../kernel/identity.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { Addresses } from './addresses.ts'
import type { DialParts } from './dial.ts'
import { answerTo, challengeIn } from './digest.ts'
import type { Spot } from './locate.ts'
import { expiryIn, secondsIn, serviceRoutesIn } from './register-answer.ts'
import type { Trunk } from './settings.ts'
import { uriOf, wayTo } from './target.ts'
import type { TrunkWatch } from './watch.ts'

/** As whom the box registers at one trunk: kept, so that a carrier sees one box and not a new one after each start. */
interface Identity {
  /** The user of its contact: only the carrier knows it. */
  readonly contact: string
  readonly callId: string
  readonly cseq: number
}

export type RegistrationState = 'trying' | 'registered' | 'refused' | 'unreachable'

interface Standing {
  readonly state: RegistrationState
  /** Milliseconds of the monotonic clock: when it is said again. */
  readonly due: number
  /** How often in a row it did not work. */
  readonly failures: number
  /** Seconds asked for; a carrier may want more. */
  readonly wanted: number
  /** SIP status of the last answer. */
  readonly status?: number
  /** Where, while it is registered: when that is no address of the trunk any more, it is said anew. */
  readonly at?: string
  /** The revision of the trunk that was registered. */
  readonly rev: number
}

/** What the carrier wants calls to pass while the box is registered (RFC 3608). */
interface ServiceRoute {
  readonly uris: readonly string[]
}

interface Attempt {
  readonly trunk: Stored<Trunk>
  readonly spot: Spot
  readonly expires: number
  readonly at: number
  /** Challenges answered so far. */
  readonly proven: number
}

/** How long a REGISTER may remain without an answer, milliseconds. */
const PATIENCE = 12_000
const BEAT = 500
/** What stands for a status that nobody sent. */
const NO_STATUS: Readonly<Record<number, string>> = { 0: 'not sent', 408: 'no answer' }
/** Waits after failures in a row, seconds: a carrier that is back is found soon, one that refuses is not pestered. */
const AGAIN = { unreachable: [2, 4, 8, 15, 30], refused: [30, 60, 120, 300, 600] } as const
/** It is said again when so much of the time granted is over. */
const REFRESH = 0.8

export class Registrations {
  readonly #ctx: Context
  readonly #watch: TrunkWatch
  readonly #trunks: () => readonly Stored<Trunk>[]
  readonly #addresses: Addresses
  readonly #identities
  readonly #standings
  readonly #attempts
  readonly #routes

  constructor({ ctx, watch, trunks, addresses }: Pick<DialParts, 'ctx' | 'watch' | 'trunks' | 'addresses'>) {
    this.#ctx = ctx
    this.#watch = watch
    this.#addresses = addresses
    this.#trunks = () => trunks().filter(trunk => trunk.registers)
    this.#identities = ctx.live.collection<Identity>('identity', { keep: 'power' })
    this.#standings = ctx.live.collection<Standing>('registration', { keep: 'process' })
    this.#routes = ctx.live.collection<ServiceRoute>('service-route', { keep: 'power' })
    this.#attempts = ctx.live.collection<Attempt>('attempt', { keep: 'process' })
    ctx.clock.every(BEAT, () => this.#beat())
  }

  /** Users of the box's contacts at all trunks: who calls one of them is that carrier. */
  get contacts(): readonly string[] {
    return this.#trunks().map(({ id }) => this.#identityOf(id).contact)
  }

  stateOf(trunk: string): { readonly state: RegistrationState; readonly status?: number } | undefined {
    const standing = this.#standings.get(trunk)
    return standing && { state: standing.state, ...(standing.status !== undefined && { status: standing.status }) }
  }

  /** What the carrier said when it took the registration; as it was before a restart until it says so again. */
  serviceRoutes(trunk: string): readonly string[] {
    return this.#routes.get(trunk)?.uris ?? []
  }

  /** What was registered and is not to be any more says so; what has changed registers anew. */
  adjust(before: readonly Stored<Trunk>[]): void {
    const wanted = new Map(this.#trunks().map(trunk => [trunk.id, trunk]))
    for (const trunk of before) {
      const now = wanted.get(trunk.id)
      if (now?.rev === trunk.rev || this.#standings.get(trunk.id)?.state === undefined) continue
      const [spot] = this.#addresses.steady(trunk)
      if (this.#standings.get(trunk.id)?.state === 'registered' && spot !== undefined)
        this.#send({ trunk, spot, expires: 0, proven: 0 })
      this.#standings.delete(trunk.id)
      this.#routes.delete(trunk.id)
      this.#watch.floor(trunk.id, 'registration')
    }
    for (const kept of [this.#identities, this.#routes])
      for (const id of kept.all().keys()) if (!wanted.has(id)) kept.delete(id)
  }

  #identityOf(trunk: string): Identity {
    const known = this.#identities.get(trunk)
    if (known) return known
    const random = () => randomBytes(15).toString('base64url')
    const made = { contact: `box-${random()}`, callId: random(), cseq: 0 }
    this.#identities.set(trunk, made)
    return made
  }

  #beat(): void {
    const now = this.#ctx.clock.since()
    for (const [request, attempt] of this.#attempts.all()) {
      if (now - attempt.at < PATIENCE) continue
      this.#attempts.delete(request)
      this.#failed(attempt, 'unreachable', { status: 408 })
    }
    const busy = new Set([...this.#attempts.all().values()].map(({ trunk }) => trunk.id))
    for (const trunk of this.#trunks()) {
      const standing = this.#standings.get(trunk.id)
      const [spot] = this.#addresses.steady(trunk)
      if (spot === undefined || busy.has(trunk.id) || (standing && now < standing.due && this.#stands(trunk, standing)))
        continue
      this.#send({ trunk, spot, expires: standing?.wanted ?? trunk.registerSeconds, proven: 0 })
    }
  }

  #stands(trunk: Stored<Trunk>, { at }: Standing): boolean {
    return at === undefined || this.#addresses.all(trunk).some(spot => placeOf(spot) === at)
  }

  #send(o: Omit<Attempt, 'at'>, proof: readonly SipHeader[] = []): void {
    const { clock, sip, log } = this.#ctx
    const { trunk, spot, expires } = o
    const request = newIdentity('reg')
    const identity = this.#identityOf(trunk.id)
    const { contact, callId } = identity
    const cseq = identity.cseq + 1
    this.#identities.set(trunk.id, { ...identity, cseq })
    const attempt = { ...o, at: clock.since() }
    this.#attempts.set(request, attempt)
    try {
      sip.outOfDialog({
        request,
        method: 'REGISTER',
        target: wayTo(trunk, { spot }),
        registration: { account: uriOf(trunk, encodeURIComponent(trunk.username ?? '')), contact, callId, cseq },
        // RFC 3327 section 5.1: a proxy between may ask to be passed by calls that come in.
        headers: [{ name: 'Expires', value: String(expires) }, { name: 'Supported', value: 'path' }, ...proof],
        lane: 'new',
      })
    } catch (error) {
      log.warn('a trunk could not be registered at', { trunk: trunk.id, error })
      this.#attempts.delete(request)
      this.#failed(attempt, 'unreachable', {})
    }
  }

  observe(event: SipEvent): void {
    if (event.type === 'connection-changed' && event.up) this.#hurry(placeOf(event.with))
    if (event.type !== 'replied') return
    const attempt = this.#attempts.get(event.request)
    if (!attempt) return
    this.#attempts.delete(event.request)
    const { status, headers = [] } = event
    if (status >= 200 && status < 300) this.#took(attempt, headers)
    else if (status === 401 || status === 407) this.#prove(attempt, status, headers)
    else if (status === 423) this.#stretch(attempt, headers)
    else if (status === 408 || status >= 500) this.#failed(attempt, 'unreachable', { status, headers })
    else this.#failed(attempt, 'refused', { status, headers })
  }

  /** A carrier that could not be reached can be now. */
  #hurry(place: string): void {
    for (const trunk of this.#trunks()) {
      const standing = this.#standings.get(trunk.id)
      if (standing?.state !== 'unreachable' || !this.#addresses.all(trunk).some(spot => placeOf(spot) === place))
        continue
      this.#standings.set(trunk.id, { ...standing, due: this.#ctx.clock.since() })
    }
  }

  #prove(attempt: Attempt, status: number, headers: readonly SipHeader[]): void {
    const { trunk, proven } = attempt
    const challenge = challengeIn(headers)
    const secret = trunk.secret === undefined ? undefined : this.#ctx.store.secret(trunk.secret)
    const { username } = trunk
    // A second challenge means a wrong password, unless it says that only the nonce was too old.
    const again = proven === 0 || (challenge?.stale === true && proven < 3)
    if (!challenge || username === undefined || secret === undefined || !again) {
      this.#failed(attempt, 'refused', { status })
      return
    }
    const proof = answerTo(challenge, { username, secret, method: 'REGISTER', uri: uriOf(trunk) })
    this.#send({ ...attempt, proven: proven + 1 }, [proof])
  }

  /** RFC 3261 section 10.2.8. */
  #stretch(attempt: Attempt, headers: readonly SipHeader[]): void {
    const least = secondsIn(headers, 'Min-Expires')
    if (least !== undefined && least > attempt.expires && least <= 86_400)
      this.#send({ ...attempt, expires: least, proven: 0 })
    else this.#failed(attempt, 'refused', { status: 423 })
  }

  #took({ trunk, spot, expires: wanted, at }: Attempt, headers: readonly SipHeader[]): void {
    if (wanted === 0 || !this.#isWanted(trunk)) return
    this.#addresses.told(trunk, spot, true)
    const now = this.#ctx.clock.since()
    const granted = expiryIn(headers, this.#identityOf(trunk.id).contact) ?? wanted
    const due = now + Math.max(5, granted * REFRESH) * 1000
    const uris = serviceRoutesIn(headers)
    if (uris.join() !== this.serviceRoutes(trunk.id).join()) this.#routes.set(trunk.id, { uris })
    const standing = { state: 'registered', due, failures: 0, wanted, status: 200, rev: trunk.rev } as const
    this.#standings.set(trunk.id, { ...standing, at: placeOf(spot) })
    this.#watch.floor(trunk.id, 'registration')
    this.#watch.worked(trunk.id, now - at)
  }

  #failed(
    { trunk, spot, expires }: Attempt,
    state: 'refused' | 'unreachable',
    o: { readonly status?: number; readonly headers?: readonly SipHeader[] },
  ): void {
    if (expires === 0 || !this.#isWanted(trunk)) return
    // Another address is tried next, where there is one.
    if (state === 'unreachable') this.#addresses.told(trunk, spot, false)
    else this.#routes.delete(trunk.id)
    const failures = (this.#standings.get(trunk.id)?.failures ?? 0) + 1
    const waits = AGAIN[state]
    const usual = waits[Math.min(failures, waits.length) - 1] ?? 30
    const seconds = Math.min(Math.max(usual, secondsIn(o.headers ?? [], 'Retry-After') ?? 0), 1800)
    const due = this.#ctx.clock.since() + seconds * 1000
    const status = o.status === undefined ? {} : { status: o.status }
    this.#standings.set(trunk.id, { state, due, failures, wanted: expires, rev: trunk.rev, ...status })
    const why = `not registered (${NO_STATUS[o.status ?? 0] ?? o.status})`
    this.#watch.floor(trunk.id, 'registration', { health: 'critical', why })
  }

  /** An answer may come after the trunk was changed or taken away. */
  #isWanted({ id, rev }: Stored<Trunk>): boolean {
    return this.#trunks().some(trunk => trunk.id === id && trunk.rev === rev)
  }
}

const placeOf = ({ host, port }: Pick<Spot, 'host' | 'port'>): string => `${host} ${port}`
