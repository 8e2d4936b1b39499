// Watchers of the fake switch: phones subscribe, are told, refresh, leave, and find their subscriptions again after a restart.
import type { Subscription, SubscriptionEnd } from '../kernel/call/sip-port.ts'
import type { FakeSip } from './fake-sip.ts'
import { TrunkCommands } from './fake-trunks.ts'
import type { VirtualPhone } from './virtual-phone.ts'

const HOUR = 3_600_000

/** A subscription as the phone has it: what it was told, latest last. */
export interface Watching {
  readonly package: string
  readonly target: string
  state: 'asked' | 'active' | 'over'
  /** How it was refused, in SIP's number; 0 when it was not. */
  status: number
  /** Why it ended. */
  reason: string
  readonly told: string[]
  /** Number of the last NOTIFY. */
  number: number
}

interface Watcher {
  readonly phone: VirtualPhone
  readonly view: Watching
  subscription: Subscription
  /** What a refresh is told again. */
  news: string | undefined
}

export class FakeWatchers {
  readonly #sip: FakeSip
  #packages: readonly string[] = []
  /** Known to the switch; those of the phones go on while the switch is dead. */
  readonly #known = new Map<string, Watcher>()
  readonly #ofPhones = new Map<string, Watcher>()
  #made = 0

  constructor(sip: FakeSip) {
    this.#sip = sip
  }

  get size(): number {
    return this.#known.size
  }

  allow(names: readonly string[]): void {
    this.#packages = names
  }

  /** A phone asks to watch; what becomes of it is in the view. */
  subscribes(phone: VirtualPhone, o: { package: string; target: string; accept?: readonly string[] }): Watching {
    const view: Watching = {
      package: o.package,
      target: o.target,
      state: 'asked',
      status: 0,
      reason: '',
      told: [],
      number: 0,
    }
    const { source, contact, userAgent, line } = phone.binding(this.#sip.clock.now())
    if (!this.#packages.includes(o.package)) {
      view.state = 'over'
      view.status = 489
      return view
    }
    const id = `sub-${++this.#made}`
    const subscription: Subscription = {
      ...{ id, package: o.package, line, target: o.target, accept: o.accept ?? [], contact, source, userAgent },
      ...{
        callId: `watch-${id}`,
        remoteTag: 'phone',
        localUri: `<sip:${o.target}@box>`,
        routes: [],
        cseq: 1,
        notified: 0,
      },
      ...{ remoteUri: `<sip:${phone.name}@box>`, expiresAt: this.#sip.clock.now() + HOUR },
    }
    const watcher = { phone, view, subscription, news: undefined }
    this.#known.set(id, watcher)
    this.#ofPhones.set(id, watcher)
    this.#sip.emit({ type: 'subscribed', subscription, change: 'new' })
    return view
  }

  refreshes(view: Watching): void {
    const watcher = this.#of(view)
    if (!watcher || !this.#known.has(watcher.subscription.id)) {
      view.state = 'over'
      view.status = 481
      return
    }
    const { subscription: before } = watcher
    watcher.subscription = {
      ...before,
      cseq: before.cseq + 1,
      notified: view.number,
      expiresAt: this.#sip.clock.now() + HOUR,
    }
    this.#sip.emit({ type: 'subscribed', subscription: watcher.subscription, change: 'refreshed' })
    if (watcher.news !== undefined) this.#tell(watcher, watcher.news)
  }

  leaves(view: Watching): void {
    const watcher = this.#of(view)
    if (watcher) this.#over(watcher, { why: 'asked', reason: 'timeout' })
  }

  /** The phone has been switched off and on: it does not know the subscription any more. */
  forgets(view: Watching): void {
    const watcher = this.#of(view)
    if (watcher) this.#ofPhones.delete(watcher.subscription.id)
  }

  #of(view: Watching): Watcher | undefined {
    return [...this.#ofPhones.values()].find(one => one.view === view)
  }

  // What the box does.

  restore(subscriptions: readonly Subscription[]): void {
    for (const subscription of subscriptions) {
      const watcher = this.#ofPhones.get(subscription.id)
      if (watcher) {
        watcher.subscription = subscription
        watcher.news = undefined
      }
      const { id, expiresAt } = subscription
      if (watcher && expiresAt > this.#sip.clock.now()) this.#known.set(id, watcher)
      else this.#sip.emit({ type: 'unsubscribed', subscription: id, why: 'expired' })
    }
  }

  notify(ids: readonly string[], o: { readonly body: string }): void {
    for (const id of ids) {
      const watcher = this.#known.get(id)
      if (!watcher) continue
      watcher.view.state = 'active'
      watcher.news = o.body
      if (this.#ofPhones.has(id)) this.#tell(watcher, o.body)
      else this.#over(watcher, { why: 'gone', reason: '' })
    }
  }

  #tell({ view, subscription }: Watcher, body: string): void {
    const number = Math.max(view.number, subscription.notified) + 1
    view.number = number
    view.told.push(body.replace('{version}', String(number)))
  }

  end(id: string, o: { readonly reason: SubscriptionEnd; readonly status?: number }): void {
    const watcher = this.#known.get(id)
    if (!watcher) return
    if (watcher.view.state === 'asked') watcher.view.status = o.status ?? 403
    this.#over(watcher, { why: 'ended', reason: o.reason })
  }

  #over(watcher: Watcher, o: { why: 'asked' | 'gone' | 'ended'; reason: string }): void {
    const { id } = watcher.subscription
    watcher.view.state = 'over'
    watcher.view.reason = o.reason
    this.#ofPhones.delete(id)
    if (this.#known.delete(id)) this.#sip.emit({ type: 'unsubscribed', subscription: id, why: o.why })
  }

  /** The process is gone: the switch knows what it is handed back. */
  died(): void {
    this.#known.clear()
    this.#packages = []
  }

  /** Phones on the same supply have been off too. */
  lostPower(): void {
    this.#known.clear()
  }
}

/** The commands of the port that are about watchers. */
export abstract class WatchCommands extends TrunkCommands {
  abstract readonly watchers: FakeWatchers

  setEventPackages(names: readonly string[]): void {
    this.give('setEventPackages', [names], () => this.watchers.allow(names))
  }

  setSubscriptions(subscriptions: readonly Subscription[]): void {
    this.give('setSubscriptions', [subscriptions], () => this.watchers.restore(subscriptions))
  }

  notify(subscriptions: readonly string[], o: { readonly contentType: string; readonly body: string }): void {
    this.give('notify', [subscriptions, o], () => this.watchers.notify(subscriptions, o))
  }

  endSubscription(
    subscription: string,
    o: { readonly reason: SubscriptionEnd; readonly status?: number; readonly retryAfter?: number },
  ): void {
    if (o.status !== undefined && (o.status < 300 || o.status > 699)) throw new TypeError('status must refuse')
    this.give('endSubscription', [subscription, o], () => this.watchers.end(subscription, o))
  }
}
