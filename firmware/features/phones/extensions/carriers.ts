// From a line to who speaks and where: the party that every phase, destination and record is handed.
import type { Arrival, Binding, Party, RingTarget } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { networks } from '../../places/networks/feature.ts'
import { devices } from '../devices/feature.ts'
import { type Line, lineKind, lines } from '../lines/feature.ts'
import { registrar } from '../registrar/feature.ts'
import { type Diversion, Diversions } from './diversions.ts'
import { type Extension, type ExtensionsSettings, extensionKind } from './settings.ts'

/** What other features ask about extensions. All answers come from memory. */
export interface Extensions {
  get(id: string): Stored<Extension> | undefined
  /** The extension that a line carries now. */
  carriedBy(line: string): Stored<Extension> | undefined
  /** Lines that carry it now, registered or not. */
  linesOf(extension: string): readonly Stored<Line>[]
  /** Every registered line that carries it: whom to ring. */
  targets(extension: string): readonly RingTarget[]
  /** Whom to ring on this very device, whoever's it is: the call back after an emergency call. */
  targetsOfDevice(device: string): readonly RingTarget[]
  /** Lets a feature send calls elsewhere, always or when nobody answers; until its `signal` aborts. */
  divert(diversion: Diversion, signal: AbortSignal): void
  /** Who it is at this line: number and name of its extension, place of its device. */
  partyOf(line: Stored<Line>): Party
}

export class Carriers implements Extensions {
  readonly diversions: Diversions
  readonly #ctx: Context<ExtensionsSettings>

  constructor(ctx: Context<ExtensionsSettings>) {
    this.#ctx = ctx
    this.diversions = new Diversions(ctx.log)
  }

  divert(diversion: Diversion, signal: AbortSignal): void {
    this.diversions.add(diversion, signal)
  }

  get(id: string): Stored<Extension> | undefined {
    return this.#ctx.store.get(extensionKind, id)
  }

  carriedBy(line: string): Stored<Extension> | undefined {
    const { extension } = this.#ctx.use(lines).get(line) ?? {}
    return extension === undefined ? undefined : this.get(extension)
  }

  linesOf(extension: string): readonly Stored<Line>[] {
    // From the reverse index: a plant has thousands of lines, an extension one or two.
    const uses = this.#ctx.store.uses(extension).filter(use => use.kind === lineKind.kind && use.field === 'extension')
    return uses.flatMap(use => this.#ctx.use(lines).get(use.id) ?? [])
  }

  targets(extension: string): readonly RingTarget[] {
    return this.linesOf(extension).flatMap(line => this.#targetsOf(line))
  }

  targetsOfDevice(device: string): readonly RingTarget[] {
    return this.#ctx
      .use(lines)
      .ofDevice(device)
      .flatMap(line => this.#targetsOf(line))
  }

  #targetsOf(line: Stored<Line>): readonly RingTarget[] {
    const party = this.partyOf(line)
    const diversions = { as: this.#ctx.settings.tellForwards }
    return this.#ctx
      .use(registrar)
      .bindingsOf(line.id)
      .map(binding => ({ binding, party: { ...party, source: binding.source }, diversions }))
  }

  partyOf(line: Stored<Line>): Party {
    const [binding] = this.#ctx.use(registrar).bindingsOf(line.id)
    return this.#party(line, { trust: 'line', ...(binding && { source: binding.source }) })
  }

  #party(line: Stored<Line>, o: Pick<Party, 'trust' | 'source'>): Party {
    const extension = this.carriedBy(line.id)
    const device = this.#ctx.use(devices).get(line.device)
    const where = device && this.#ctx.use(devices).whereabouts(device, o.source?.host)
    return {
      line: line.id,
      device: line.device,
      number: extension?.number ?? line.authName,
      name: extension?.name ?? device?.name ?? line.authName,
      ...(extension && { extension: extension.id }),
      ...(extension?.user !== undefined && { user: extension.user }),
      ...(where?.site !== undefined && { site: where.site }),
      ...(where?.location !== undefined && { location: where.location }),
      ...o,
    }
  }

  /**
   * Who calls: the line whose digest was right. In an emergency nobody is turned away: the phone that registered this
   * very way, else what is known of the address it calls from.
   */
  identify(arrival: Arrival): Party | undefined {
    const { source } = arrival
    const proven = arrival.line === undefined ? undefined : this.#ctx.use(lines).get(arrival.line)
    if (proven) return this.#party(proven, { trust: 'line', source })
    if (!arrival.emergency) return undefined
    const likely = this.#stationAt(arrival)
    if (likely) return this.#party(likely, { trust: 'station-network', source })
    return this.#unnamed(arrival)
  }

  /** The phone that registered from this address and port, or from this address by the name that the caller gives. */
  #stationAt({ from, source }: Arrival): Stored<Line> | undefined {
    const here = this.#ctx.use(registrar).bindingsAt(source.host)
    const linesOf = (bindings: readonly Binding[]) =>
      bindings.flatMap(binding => this.#ctx.use(lines).get(binding.line) ?? [])
    const named = (line: Stored<Line>) => line.authName === from.user || this.carriedBy(line.id)?.number === from.user
    // Several lines may share one way: a base of cordless phones, an adapter.
    const sameWay = linesOf(here.filter(binding => binding.source.port === source.port))
    return sameWay.find(named) ?? (sameWay.length === 1 ? sameWay[0] : undefined) ?? linesOf(here).find(named)
  }

  /**
   * Somebody of another name. The only device at its address says where it stands, but not who it is: a second program
   * on a guard's computer that calls for help must not be taken for the guard, whose phone would then not ring.
   */
  #unnamed({ from, source }: Arrival): Party {
    const here = this.#ctx.use(registrar).bindingsAt(source.host)
    const ids = new Set(here.map(binding => this.#ctx.use(lines).get(binding.line)?.device))
    const [only] = ids.size === 1 ? ids : []
    const device = only === undefined ? undefined : this.#ctx.use(devices).get(only)
    const standing = device && this.#ctx.use(devices).whereabouts(device, source.host)
    const around = this.#ctx.use(networks).locationOf({ address: source.host })
    const { site, location } = standing ?? around
    return {
      number: from.user,
      name: from.name,
      source,
      trust: around.network === undefined && device === undefined ? 'unknown' : 'station-network',
      ...(device && { device: device.id }),
      ...(site !== undefined && { site }),
      ...(location !== undefined && { location }),
    }
  }
}
