// Pages of the fake switch: rounds by the fake clock, listeners that come late, and what each of them heard.
import type { PageListener, PageOptions } from '../kernel/call/sip-port.ts'
import type { FakeSip } from './fake-sip.ts'

interface Hearing {
  readonly listener: PageListener
  readonly since: number
  /** The round in which it joined; one heard from its beginning counts. */
  readonly firstRound: number
  until?: number
  rounds: number
}

interface Page {
  readonly o: PageOptions
  readonly hearings: Map<string, Hearing>
  round: number
  roundBegan: number
  forget: () => void
}

export class FakePages {
  readonly #sip: FakeSip
  readonly #pages = new Map<string, Page>()
  /** Every listener that a page ever had, by page. */
  readonly log: { page: string; listener: PageListener }[] = []

  constructor(sip: FakeSip) {
    this.#sip = sip
  }

  get size(): number {
    return this.#pages.size
  }

  /** Ids of the listeners that hear a page now. */
  listeners(page: string): readonly string[] {
    const hearings = [...(this.#pages.get(page)?.hearings.values() ?? [])]
    return hearings.filter(one => one.until === undefined).map(one => one.listener.id)
  }

  running(): readonly string[] {
    return [...this.#pages.keys()]
  }

  /** Where each page sounds now: phones by name, streams and amplifiers by address. */
  soundsOn(): readonly { readonly page: string; readonly endpoint: string }[] {
    return [...this.#pages].flatMap(([page, { hearings }]) =>
      [...hearings.values()].flatMap(({ listener, until }) => {
        if (until !== undefined) return []
        if (listener.kind === 'rtp') return [{ page, endpoint: `${listener.host}:${listener.port}` }]
        return [{ page, endpoint: this.#sip.legs.get(listener.leg)?.phone.name ?? listener.leg }]
      }),
    )
  }

  heardBy(leg: string): readonly string[] {
    return [...this.#pages.values()].flatMap(page => {
      const hears = [...page.hearings.values()].some(
        one => one.until === undefined && one.listener.kind === 'leg' && one.listener.leg === leg,
      )
      if (!hears) return []
      if (page.o.source.kind === 'playlist') return page.o.source.playlist.sounds
      return [this.#sip.legs.get(page.o.source.leg)?.phone.name ?? '']
    })
  }

  start(o: PageOptions): void {
    const since = this.#sip.clock.since()
    const page: Page = { o, hearings: new Map(), round: 0, roundBegan: since, forget: () => {} }
    this.#pages.set(o.page, page)
    for (const listener of o.listeners) this.join(o.page, listener)
    if (o.source.kind === 'playlist') this.#nextRound(page)
  }

  #nextRound(page: Page): void {
    const { source } = page.o
    if (source.kind !== 'playlist') return
    page.roundBegan = this.#sip.clock.since()
    page.forget = this.#sip.clock.after(this.#sip.roundMilliseconds(source.playlist), () => {
      for (const one of page.hearings.values()) {
        if (one.until === undefined && one.firstRound <= page.round) one.rounds += 1
      }
      page.round += 1
      this.#sip.emit({ type: 'page-round', page: page.o.page, round: page.round })
      const { repeats } = source.playlist
      const wanting = [...page.hearings.values()].some(
        one => one.until === undefined && one.rounds < page.o.wholeRoundsForLate,
      )
      if (repeats === 0 || page.round < repeats || wanting) this.#nextRound(page)
      else this.stop(page.o.page, true)
    })
  }

  join(name: string, listener: PageListener): void {
    const page = this.#pages.get(name)
    if (!page) return
    if (listener.kind === 'leg' && !this.#sip.legs.has(listener.leg)) return
    const since = this.#sip.clock.since()
    const firstRound = since > page.roundBegan ? page.round + 1 : page.round
    page.hearings.set(listener.id, { listener, since, firstRound, rounds: 0 })
    this.log.push({ page: name, listener })
    this.#sip.emit({ type: 'page-started', page: name, listener: listener.id })
  }

  leave(name: string, listener: string): void {
    const hearing = this.#pages.get(name)?.hearings.get(listener)
    if (hearing) hearing.until ??= this.#sip.clock.since()
  }

  stop(name: string, complete: boolean): void {
    const page = this.#pages.get(name)
    if (!page) return
    page.forget()
    this.#pages.delete(name)
    const now = this.#sip.clock.since()
    const delivered = [...page.hearings.values()].map(({ listener, since, until, rounds }) => {
      return { listener: listener.id, packets: Math.max(1, ((until ?? now) - since) / 20), wholeRounds: rounds }
    })
    this.#sip.emit({ type: 'page-ended', page: name, complete, delivered })
  }

  /** A leg that ends stops hearing, or stops the page that it speaks to. */
  legEnded(leg: string): void {
    for (const page of [...this.#pages.values()]) {
      for (const one of page.hearings.values()) {
        if (one.listener.kind === 'leg' && one.listener.leg === leg) one.until ??= this.#sip.clock.since()
      }
      if (page.o.source.kind === 'leg' && page.o.source.leg === leg) this.stop(page.o.page, false)
    }
  }

  clear(): void {
    for (const page of this.#pages.values()) page.forget()
    this.#pages.clear()
  }
}
