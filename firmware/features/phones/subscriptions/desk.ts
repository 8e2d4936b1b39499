// The desk of subscriptions: grants them, tells their watchers, and takes up where a predecessor left.
import type { SipEvent, Subscription } from '../../../kernel/call/sip-port.ts'
import type { Context } from '../../../kernel/feature.ts'
import { extensions } from '../extensions/feature.ts'
import { lines } from '../lines/feature.ts'
import { contentTypeFor, type EventPackage, hostIn } from './packages.ts'
import { type Refusal, Refusals } from './refusals.ts'
import type { SubscriptionsSettings } from './settings.ts'
import { isSubscription, Watchers } from './watchers.ts'

/** What other features ask of subscriptions. */
export interface Subscriptions {
  /** From now on this can be watched, until the signal aborts. */
  offer(kind: EventPackage, signal: AbortSignal): void
  /** What is told of this number under this package has changed; of every number unless one is named. */
  changed(name: string, target?: string): void
  /** Whether any phone watches anything now. */
  readonly watched: boolean
  /** What a line watches. */
  of(line: string): readonly Subscription[]
}

type Subscribed = Extract<SipEvent, { type: 'subscribed' }>

/** No phone was told so many times between two refreshes: numbers rise across a crash without being written each time. */
const BEYOND = 100_000
/** RFC 3261 section 8.1.1.5: below 2³¹. Who comes near begins anew. */
const HIGHEST = 2_000_000_000
/** A command that the switch refused is given again after so many milliseconds, so often. */
const AGAIN = 1500
const TRIES = 4
/** The features of a box that stops do so in one go, milliseconds. */
const WITHDRAWN_AFTER = 1000

export class Desk implements Subscriptions {
  readonly #ctx: Context<SubscriptionsSettings>
  readonly #watchers: Watchers
  readonly #packages = new Map<string, EventPackage>()
  readonly refusals: Refusals

  constructor(ctx: Context<SubscriptionsSettings>) {
    this.#ctx = ctx
    this.#watchers = new Watchers(ctx.live.collection('watchers', { keep: 'power', accept: isSubscription }))
    this.refusals = new Refusals(ctx.live.collection<Refusal>('refusals', { keep: 'process' }), ctx.clock)
  }

  all(): readonly Subscription[] {
    return this.#watchers.all()
  }

  of(line: string): readonly Subscription[] {
    return this.all().filter(one => one.line === line)
  }

  offer(kind: EventPackage, signal: AbortSignal): void {
    this.#packages.set(kind.name, kind)
    this.#ctx.sip.setEventPackages([...this.#packages.keys()])
    signal.addEventListener('abort', () => this.#withdraw(kind), { once: true })
  }

  /** Switched off. A box that stops as a whole does not come to it: it leaves its lamps to a successor. */
  #withdraw(kind: EventPackage): void {
    this.#packages.delete(kind.name)
    this.#ctx.clock.after(WITHDRAWN_AFTER, () => {
      this.#ctx.sip.setEventPackages([...this.#packages.keys()])
      this.dropStrangers()
    })
  }

  /** After a start: lamps go on from where they were, with higher numbers than any that were sent. */
  handBack(): void {
    const { clock, sip } = this.#ctx
    for (const one of this.all()) {
      const expired = clock.trusted && one.expiresAt <= clock.now()
      if (expired || one.notified > HIGHEST || !this.#ctx.use(lines).get(one.line)) this.#watchers.drop(one.id)
      else this.#watchers.put({ ...one, notified: one.notified + BEYOND })
    }
    sip.setSubscriptions(this.all())
  }

  /** Everybody is told everything: calls are known again. */
  tellAll(): void {
    for (const { name, target } of this.#watchers.watched()) this.changed(name, target)
  }

  /** Ends what may not be watched any more: lines, numbers, rights or packages that are gone. */
  dropStrangers(): void {
    const inUse = new Set(
      this.#ctx
        .use(lines)
        .inUse()
        .map(({ id }) => id),
    )
    for (const one of this.all()) {
      const kind = this.#packages.get(one.package)
      const status = kind && inUse.has(one.line) ? this.#refusal(kind, one) : 404
      if (status !== undefined) this.#end(one, status)
    }
  }

  observe(event: SipEvent): void {
    if (event.type === 'subscribed' && event.change === 'new') this.#asked(event)
    else if (event.type === 'subscribed') this.#watchers.put(this.#named(event.subscription))
    if (event.type === 'unsubscribed') this.#watchers.drop(event.subscription)
  }

  /** A phone may ask for its own account by the name that it signs in with. */
  #named(one: Subscription): Subscription {
    if (this.#ctx.store.owner(one.target)) return one
    const line = this.#ctx.use(lines).get(one.line)
    const number = line?.authName === one.target ? this.#ctx.use(extensions).carriedBy(line.id)?.number : undefined
    return number === undefined ? one : { ...one, target: number }
  }

  #asked(event: Subscribed): void {
    const subscription = this.#named(event.subscription)
    const kind = this.#packages.get(subscription.package)
    const status = kind ? this.#refusal(kind, subscription) : 489
    if (kind === undefined || status !== undefined) {
      this.refusals.add(subscription, status ?? 489)
      this.#end(subscription, status ?? 489)
      return
    }
    this.refusals.granted(subscription)
    this.#watchers.put(subscription)
    this.#tell(kind, [subscription])
  }

  /** Why somebody may not watch, in SIP's number. */
  #refusal(kind: EventPackage, subscription: Subscription): number | undefined {
    const watcher = this.#ctx.use(lines).get(subscription.line)
    if (!watcher) return 403
    if (contentTypeFor(kind, subscription.accept) === undefined) return 406
    if (this.#bodyFor(kind, subscription) === undefined) return 404
    return this.#mayWatch(kind, subscription) ? undefined : 403
  }

  #mayWatch(kind: EventPackage, { line, target }: Subscription): boolean {
    const watcher = this.#ctx.use(lines).get(line)
    if (!watcher) return false
    if (kind.anyone) return true
    const owner = this.#ctx.store.owner(target)
    const own = owner !== undefined && owner.id === this.#ctx.use(extensions).carriedBy(line)?.id
    if (kind.own || own) return own
    if (this.#ctx.settings.watching === 'everywhere') return true
    const { site } = this.#ctx.use(extensions).partyOf(watcher)
    const sites = this.#ctx
      .use(extensions)
      .linesOf(owner?.id ?? '')
      .map(one => this.#ctx.use(extensions).partyOf(one).site)
    if (sites.length === 0 || sites.includes(site)) return true
    const who = { by: 'line', id: line, name: watcher.authName } as const
    return sites.some(other => other !== undefined && this.#ctx.may(who, 'subscriptions.watch', { site: other }))
  }

  get watched(): boolean {
    return this.#watchers.any
  }

  changed(name: string, target?: string): void {
    const kind = this.#packages.get(name)
    const watchers =
      target === undefined ? this.all().filter(one => one.package === name) : this.#watchers.of(name, target)
    if (kind && watchers.length) this.#tell(kind, watchers)
  }

  #bodyFor(kind: EventPackage, one: Subscription): string | undefined {
    const contentType = contentTypeFor(kind, one.accept)
    if (contentType === undefined) return undefined
    return kind.describe({ target: one.target, host: hostIn(one.localUri), contentType })
  }

  /** One text for all who name the box alike and understand the same. */
  #tell(kind: EventPackage, watchers: readonly Subscription[], tries = 1): void {
    const alike = new Map<string, { contentType: string; body: string; ids: string[] }>()
    for (const one of watchers) {
      const contentType = contentTypeFor(kind, one.accept)
      const body = contentType === undefined ? undefined : this.#bodyFor(kind, one)
      if (contentType === undefined || body === undefined) continue
      const key = `${contentType}\n${body}`
      const group = alike.get(key) ?? { contentType, body, ids: [] }
      alike.set(key, group)
      group.ids.push(one.id)
    }
    try {
      for (const { ids, contentType, body } of alike.values()) this.#ctx.sip.notify(ids, { contentType, body })
    } catch (error) {
      this.#ctx.log.error('watchers could not be told; they are told again', { package: kind.name, tries, error })
      if (tries === TRIES) return
      // Told anew from what is true then.
      this.#ctx.clock.after(tries * AGAIN, () => {
        const still = watchers.flatMap(one => this.#watchers.get(one.id) ?? [])
        this.#tell(kind, still, tries + 1)
      })
    }
  }

  #end(one: Subscription, status: number, tries = 1): void {
    this.#watchers.drop(one.id)
    try {
      this.#ctx.sip.endSubscription(one.id, { reason: status === 404 ? 'noresource' : 'rejected', status })
    } catch (error) {
      this.#ctx.log.error('a subscription could not be ended; it is ended again', {
        package: one.package,
        tries,
        error,
      })
      if (tries < TRIES) this.#ctx.clock.after(tries * AGAIN, () => this.#end(one, status, tries + 1))
    }
  }
}
