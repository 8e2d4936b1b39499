// The stage on which the contract of the switch is played: what a rig offers, and what the tests of the suite say to it.
import type { ExecutionContext } from 'ava'
import type { Binding, LegId, SipEvent, SipPort } from '../kernel/call/sip-port.ts'

/** A telephone at the other end, with one call at a time. */
export interface SipPeer {
  /** Where it registered. */
  readonly binding: Binding
  /** What it knows of its present or latest call. */
  state(): 'idle' | 'calling' | 'ringing' | 'talking' | 'over'
  /** Has heard of its call: 180 or 183. */
  hearsRinging(): boolean
  hasEarlyMedia(): boolean
  /** How its latest call was refused, in SIP's number. */
  refusedWith(): number
  dials(number: string): void
  /** Calls with a Replaces header that names the dialog of another peer's present call with the switch. */
  dialsToReplace(number: string, other: SipPeer): void
  answers(): void
  refuses(status: 486 | 603): void
  /** Answers 302: numbers of the box, the last of them the one that it likes best. */
  sendsTo(...numbers: readonly string[]): void
  cancels(): void
  hangsUp(): void
  holds(held: boolean): void
  /** An INFO in its call; what came back is in `answersTo`. */
  tells(text: string): void
  transfersTo(number: string): void
  /** Asks for a call outside any. */
  asksFor(number: string): void
  /** Bodies of INFO that it got. */
  told(): readonly string[]
  /** Statuses that its INFOs were answered with, and outcomes of transfers that it was told of. */
  outcomes(): readonly number[]
  /** Subscribes to a package of somebody's; one lamp at a time. */
  watches(what: string, target: string): void
  refreshesWatch(): void
  endsWatch(): void
  /** Bodies that the lamp was told, and what became of it. */
  watched(): readonly string[]
  watchState(): 'asked' | 'active' | 'over'
  /** How the last SUBSCRIBE was refused, in SIP's number. */
  watchRefusedWith(): number
  /** Forgets what it has heard so far and listens anew. */
  listens(): void
  /** Hears a sound or another peer, by content. */
  hears(what: string): boolean
}

export interface SipRig {
  readonly port: SipPort
  readonly events: readonly SipEvent[]
  /** A registered station. */
  peer(number: string): Promise<SipPeer>
  /** Every line must encrypt its speech from now on; the peers do not. */
  mustEncrypt(): void
  /** A sound of so many seconds, loaded under its name. */
  sound(name: string, seconds: number): Promise<void>
  /** Waits for what other processes do and lets time pass; on the fake by its clock. */
  until(what: string, condition: () => boolean): Promise<void>
  /** A file that may be written. */
  file(name: string): string
  close(): Promise<void>
}

type Happened<T extends SipEvent['type']> = Extract<SipEvent, { type: T }>

/** What the tests of the suite say to a rig. */
export class Stage {
  readonly rig: SipRig
  readonly #seen = new Set<SipEvent>()
  #legs = 0

  constructor(rig: SipRig) {
    this.rig = rig
  }

  get port(): SipPort {
    return this.rig.port
  }

  /** The next event of this kind that nobody asked for yet. */
  async event<T extends SipEvent['type']>(
    type: T,
    fits: (event: Happened<T>) => boolean = () => true,
  ): Promise<Happened<T>> {
    let found: Happened<T> | undefined
    const look = (): boolean => {
      found = this.rig.events.find(
        (event): event is Happened<T> => event.type === type && !this.#seen.has(event) && fits(event as Happened<T>),
      )
      return found !== undefined
    }
    await this.rig.until(`event ${type}`, look)
    if (found === undefined) throw new Error(`no ${type}`)
    this.#seen.add(found)
    return found
  }

  all<T extends SipEvent['type']>(type: T): Happened<T>[] {
    return this.rig.events.filter((event): event is Happened<T> => event.type === type)
  }

  async reaches(peer: SipPeer, state: ReturnType<SipPeer['state']>): Promise<void> {
    await this.rig.until(`a peer that is ${state}`, () => peer.state() === state)
  }

  /** Rings a peer; its media is the box's own unless it is for a caller. */
  invite(peer: SipPeer, o: { for?: LegId } = {}): LegId {
    const leg = `out-${++this.#legs}`
    this.port.invite({
      leg,
      target: { binding: peer.binding },
      from: { number: '200', name: 'Contract' },
      to: peer.binding.line.replace('lin_', ''),
      media: o.for === undefined ? { kind: 'box' } : { kind: 'relay', with: o.for },
      lane: 'new',
    })
    return leg
  }

  /** A caller whom the box answered. */
  async caller(number: string): Promise<{ peer: SipPeer; leg: LegId }> {
    const peer = await this.rig.peer(number)
    peer.dials('600')
    const { leg } = await this.event('invite')
    this.port.answer(leg, { kind: 'box' })
    await this.event('answered', event => event.leg === leg)
    await this.reaches(peer, 'talking')
    return { peer, leg }
  }

  /** Somebody whom the box called and who answered. */
  async callee(number: string): Promise<{ peer: SipPeer; leg: LegId }> {
    const peer = await this.rig.peer(number)
    const leg = this.invite(peer)
    await this.reaches(peer, 'ringing')
    peer.answers()
    await this.event('answered', event => event.leg === leg)
    await this.reaches(peer, 'talking')
    return { peer, leg }
  }

  /** Ends all legs; each has exactly one `ended`, its last event, and the switch knows nothing any more. */
  async empty(t: ExecutionContext): Promise<void> {
    for (const { leg } of this.port.dump().legs) this.port.hangup(leg, 'answered')
    await this.rig.until('an empty switch', () => left(this.port) === '')
    const ended = this.all('ended').map(one => one.leg)
    t.deepEqual(ended, [...new Set(ended)], 'one end per leg')
    const legs = new Set(this.rig.events.flatMap(event => ('leg' in event && event.leg ? [event.leg] : [])))
    t.deepEqual(
      [...legs].filter(leg => !ended.includes(leg)),
      [],
      'every leg ended',
    )
    const last = (leg: LegId) => this.rig.events.findLast(event => 'leg' in event && event.leg === leg)?.type
    t.deepEqual(
      ended.filter(leg => last(leg) !== 'ended'),
      [],
      'nothing is said of a leg after its end',
    )
  }
}

/** What is still up, in words; empty when nothing is. */
export function left(port: SipPort): string {
  const { legs, dialogs, transactions, pools, mediaPorts, players, recorders, mixes, pages } = port.dump()
  const counts = { legs: legs.length, dialogs, transactions, pools, mediaPorts, players, recorders, mixes, pages }
  return Object.entries(counts)
    .flatMap(([name, count]) => (count > 0 ? [`${name} ${count}`] : []))
    .join(', ')
}
