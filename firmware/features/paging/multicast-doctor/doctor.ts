// The doctor at work: listens all the time, examines when asked, and tells what it knows.
import type { Context, Problem } from '../../../kernel/feature.ts'
import { devices } from '../../phones/devices/feature.ts'
import { lines } from '../../phones/lines/feature.ts'
import { registrar } from '../../phones/registrar/feature.ts'
import { zones } from '../zones/feature.ts'
import { type Finding, planFindings, querierFinding } from './diagnosis.ts'
import { examine } from './examination.ts'
import { QuerierWatch } from './querier-watch.ts'
import { routedBy, type StreamWays } from './ways.ts'

/** How often it is asked which way the machine would choose, milliseconds. */
const WAYS_EVERY = 60_000

/** The last examination. */
export interface Examined {
  /** UTC milliseconds. */
  readonly at: number
  readonly findings: readonly Finding[]
}

export class Doctor {
  readonly #ctx: Context
  readonly #watch: QuerierWatch
  /** Of groups that no network was chosen for. */
  readonly #routed = new Map<string, readonly string[]>()
  #examined: Examined | undefined
  #under: Promise<Examined> | undefined

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.#watch = new QuerierWatch(ctx)
    const look = () => ctx.spawn('look which way multicast leaves', this.#findWays())
    ctx.clock.after(0, look)
    ctx.clock.every(WAYS_EVERY, look)
    ctx.on('document.changed', ({ kinds }) => {
      if (kinds.includes('multicast-stream')) look()
    })
  }

  state(): object {
    const networks = [...new Set(this.#streams().flatMap(ways => ways.by))].sort()
    return {
      examined: this.#examined,
      networks: networks.map(network => querierFinding(network, this.#watch.of(network))),
    }
  }

  /** One at a time: who asks meanwhile is told the same. */
  examine(): Promise<Examined> {
    this.#under ??= this.#examine().finally(() => {
      this.#under = undefined
    })
    return this.#under
  }

  async #examine(): Promise<Examined> {
    await this.#findWays()
    const { clock } = this.#ctx
    const networks = this.#ctx.use(zones).networks()
    const findings = await examine({ clock, watch: this.#watch, networks, streams: this.#streams() })
    this.#examined = { at: clock.now(), findings }
    return this.#examined
  }

  async #findWays(): Promise<void> {
    const { sip } = this.#ctx
    const { networks, streams } = this.#ctx.use(zones)
    const open = streams().filter(({ by }) => by === undefined)
    for (const { stream } of open)
      this.#routed.set(stream.group, await routedBy(stream.group, { sip, networks: networks() }))
  }

  /** The streams that zones hold, with the ways and listeners that are known now. */
  #streams(): readonly StreamWays[] {
    const addresses = addressesOf(this.#ctx)
    const labelOf = (device: string) => this.#ctx.use(devices).get(device)?.name ?? device
    return this.#ctx
      .use(zones)
      .streams()
      .map(({ stream, by }) => ({
        stream,
        by: by ?? this.#routed.get(stream.group) ?? [],
        listeners: stream.listeners.flatMap(device => {
          const address = addresses.get(device)
          return address === undefined ? [] : [{ label: labelOf(device), address }]
        }),
      }))
  }

  /** Networks that a stream leaves by and where nobody keeps groups alive. */
  silent(): readonly string[] {
    const networks = new Set(this.#streams().flatMap(ways => ways.by))
    return [...networks].filter(network => this.#watch.of(network).state === 'silent')
  }

  /** Of streams that somebody is entered for as a listener: others are not in use yet. */
  problems(): readonly Problem[] {
    const used = this.#streams().filter(({ stream }) => stream.listeners.length > 0)
    const networks = [...new Set(used.flatMap(ways => ways.by))].sort()
    const quiet = networks.map(network => querierFinding(network, this.#watch.of(network)))
    return [...planFindings(used, this.#ctx.use(zones).networks()), ...quiet].flatMap((one): Problem[] => {
      if (one.severity === 'ok' || one.severity === 'info') return []
      const { code, severity, text, remedy, stream, network } = one
      return [{ code: [code, stream ?? network].join(':'), severity, text, remedy, link: '/multicast-doctor' }]
    })
  }
}

/** Where the packets of each device come from that is signed in; one pass, as there may be hundreds. */
function addressesOf(ctx: Pick<Context, 'use'>): ReadonlyMap<string, string> {
  const found = ctx
    .use(lines)
    .inUse()
    .flatMap(({ id, device }): [string, string][] => {
      const [binding] = ctx.use(registrar).bindingsOf(id)
      return binding === undefined ? [] : [[device, binding.source.host]]
    })
  return new Map(found)
}
