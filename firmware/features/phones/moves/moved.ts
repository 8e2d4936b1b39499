// Phones whose address is not the one at which somebody said where they stand.
import type { Context } from '../../../kernel/feature.ts'
import type { Stored, Who } from '../../../kernel/store.ts'
import { locations } from '../../places/locations/feature.ts'
import { networks } from '../../places/networks/feature.ts'
import { type Device, devices } from '../devices/feature.ts'
import { lines } from '../lines/feature.ts'
import { type StayLog, stayLog } from './records.ts'
import { confirmed, isUnconfirmed, type Sighting, seenAt } from './sighting.ts'

/** A phone that nobody stands for. */
export interface Move {
  readonly device: string
  readonly name: string
  readonly address: string
  readonly was: string
  readonly at: number
  /** What a call for help would tell. */
  readonly place: string
  readonly location?: string
  /** The network that it came to, where that is another. */
  readonly network?: string
}

export class Moved {
  readonly log: StayLog
  readonly #ctx: Context
  readonly #seen

  constructor(ctx: Context) {
    this.#ctx = ctx
    this.log = stayLog(ctx.records)
    this.#seen = ctx.live.collection<Sighting>('seen', { keep: 'power' })
  }

  /** A line registered from this address. */
  registered(line: string, address: string): void {
    const device = this.#device(this.#ctx.use(lines).get(line)?.device)
    if (device === undefined) return
    const known = this.#seen.get(device.id)
    const at = this.#ctx.clock.now()
    const next = seenAt(known, { address, at, rev: device.rev })
    if (next === undefined) return
    this.#seen.set(device.id, next)
    this.log.stood({ ...this.#stay(device, next), was: known?.address ?? '', at, by_: null })
  }

  /** Throws nothing: who confirms what is in order changes nothing. */
  confirm(id: string, who: Who): void {
    const device = this.#device(id)
    const known = this.#seen.get(id)
    if (device === undefined || known === undefined || !isUnconfirmed(known, device.rev)) return
    this.#seen.set(id, confirmed(known, device.rev))
    const was = known.confirmed.at(-1) ?? ''
    this.log.stood({ ...this.#stay(device, known), was, at: this.#ctx.clock.now(), by_: who.name.slice(0, 120) })
  }

  /** Only where a person typed the place: what a switch port or a network tells moves with the phone. */
  all(): readonly Move[] {
    return this.#ctx
      .use(devices)
      .inUse()
      .flatMap(device => {
        const known = this.#seen.get(device.id)
        if (known === undefined || !isUnconfirmed(known, device.rev)) return []
        const { source, location } = this.#ctx.use(devices).whereabouts(device, known.address)
        if (source === 'switch-port' || source === 'network') return []
        const was = known.confirmed.at(-1) ?? ''
        const [now, before] = [known.address, was].map(address => this.#ctx.use(networks).networkOf(address))
        return {
          device: device.id,
          name: device.name,
          address: known.address,
          was,
          at: known.since,
          place: this.#placeOf(location),
          ...(location !== undefined && { location }),
          ...(now !== undefined && now.id !== before?.id && { network: now.name }),
        }
      })
  }

  /** Forgets devices that are gone. */
  keepOnlyDevices(): void {
    for (const id of this.#seen.all().keys()) if (this.#device(id) === undefined) this.#seen.delete(id)
  }

  #device(id: string | undefined): Stored<Device> | undefined {
    return id === undefined ? undefined : this.#ctx.use(devices).get(id)
  }

  #stay(device: Stored<Device>, { address }: Sighting) {
    const { location } = this.#ctx.use(devices).whereabouts(device, address)
    const place = this.#placeOf(location)
    return { device: device.id, name: device.name, address, place, location: location ?? null }
  }

  #placeOf(location: string | undefined): string {
    return this.#ctx.use(locations).path(location)
  }
}
