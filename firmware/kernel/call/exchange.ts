// The exchange: every event of the switch finds the leg or page it belongs to, and every leg that is let go really ends.
import type { BoardPort } from '../board-port.ts'
import type { Clock } from '../clock.ts'
import type { Cause } from '../errors.ts'
import type { Facts, Log } from '../feature.ts'
import type { Kinds } from '../kinds.ts'
import type { LiveCollection } from '../live.ts'
import type { Store, StoreView } from '../store.ts'
import type { Troubles } from '../trouble.ts'
import { type KeptCall, keptCall } from './bookmark.ts'
import type { LiveCall } from './call.ts'
import type { CallSounds, DestinationKind, LastResort } from './call.types.ts'
import type { PhaseEntry } from './phases.ts'
import type { LegId, LegQuality, SipEvent, SipHeader, SipPort, Tone } from './sip-port.ts'

/** What happens to one leg. */
export type LegEvent = Extract<
  SipEvent,
  { type: 'progress' | 'answered' | 'ended' | 'digit' | 'played' | 'recorded' | 'hold-changed' | 'media-seen' }
>
/** What happens to one page. */
export type PageEvent = Extract<SipEvent, { page: string }>
export type Invite = Extract<SipEvent, { type: 'invite' }>

/** Takes the events of one leg. */
export interface LegSink {
  take(event: LegEvent): void
}

/** What the calls of the box stand on. */
export interface ExchangeParts {
  readonly sip: SipPort
  readonly board: BoardPort
  readonly clock: Clock
  readonly log: Log
  readonly store: StoreView & Pick<Store, 'secret'>
  readonly kept: LiveCollection<KeptCall>
  readonly destinations: Kinds<DestinationKind>
  readonly phases: () => readonly PhaseEntry[]
  readonly troubles: Troubles
  /** Whom an emergency call rings while no feature takes it. */
  readonly lastResort: () => LastResort | undefined
  emit<N extends keyof Facts>(name: N, fact: Facts[N]): void
  /** Events that are no call's: registrations, MESSAGE, REFER, refusals. */
  others(event: SipEvent): void
  invited(invite: Invite): void
}

/** What a far side is told beside the cause: a status of its own, the Reason header. */
export interface Farewell {
  readonly status?: number
  readonly headers?: readonly SipHeader[]
}

/** How often a leg is asked to end before the switch is called at fault. */
const HANGUP_TRIES = 4

const step = (hertz: readonly number[], milliseconds: number) => ({ hertz, milliseconds })
const RING_BACK: Tone = { steps: [step([440, 480], 2000), step([], 4000)] }

/** Legs and pages by id; ports and registries that calls use. */
export class Exchange {
  readonly parts: ExchangeParts
  sounds: CallSounds = { ringBack: () => RING_BACK, parting: async () => {} }
  readonly calls = new Map<string, LiveCall>()
  readonly #sinks = new Map<LegId, LegSink>()
  readonly #closing = new Map<LegId, (quality?: LegQuality) => void>()
  readonly #pages = new Map<string, (event: PageEvent) => void>()
  readonly #requests = new Map<string, (status: number) => void>()

  constructor(parts: ExchangeParts) {
    this.parts = parts
  }

  /** From now on the leg's events go to `sink`. */
  attach(leg: LegId, sink: LegSink): void {
    this.#sinks.set(leg, sink)
  }

  sinkOf(leg: LegId): LegSink | undefined {
    return this.#sinks.get(leg)
  }

  detach(leg: LegId): void {
    this.#sinks.delete(leg)
  }

  attachPage(page: string, sink: (event: PageEvent) => void): void {
    this.#pages.set(page, sink)
  }

  detachPage(page: string): void {
    this.#pages.delete(page)
  }

  awaitReply(request: string, sink: (status: number) => void): () => void {
    this.#requests.set(request, sink)
    return () => void this.#requests.delete(request)
  }

  /**
   * Ends a leg in the switch and sees to it that it ends: a refused command or a missing `ended` is asked again.
   * Resolves with the leg's quality; never rejects.
   */
  release(leg: LegId, cause: Cause, o: Farewell = {}): Promise<LegQuality | undefined> {
    const { clock, sip, log, troubles } = this.parts
    this.#sinks.delete(leg)
    return new Promise(resolve => {
      let tries = 0
      let forget = () => {}
      const done = (quality?: LegQuality) => {
        forget()
        this.#closing.delete(leg)
        resolve(quality)
      }
      const attempt = () => {
        if (tries === HANGUP_TRIES) {
          troubles.raise(stuckLeg(leg), { minutes: 60 })
          done()
          return
        }
        tries += 1
        forget = clock.after(tries * 1500, attempt)
        try {
          sip.hangup(leg, cause, o)
        } catch (error) {
          log.error('the switch refused to end a leg; it is asked again', { leg, cause, error })
        }
      }
      this.#closing.set(leg, done)
      attempt()
    })
  }

  /** A command that must get through although nothing tells whether it did: refused, it is given again. */
  insist(what: string, command: () => void, tries = 1): void {
    try {
      command()
    } catch (error) {
      this.parts.log.error(`the switch refused to ${what}`, { tries, error })
      if (tries < HANGUP_TRIES) this.parts.clock.after(tries * 1500, () => this.insist(what, command, tries + 1))
    }
  }

  /** Writes down where a call stands; that it cannot be is no reason to harm the call. */
  keep(call: LiveCall): void {
    try {
      this.parts.kept.set(call.id, keptCall(call))
    } catch (error) {
      this.parts.log.error('a call could not be kept: it would not outlive a crash', { call: call.id, error })
    }
  }

  forget(call: string): void {
    try {
      this.parts.kept.delete(call)
    } catch (error) {
      this.parts.log.error('a call that is over could not be forgotten', { call, error })
    }
  }

  /** Hands each event on; one that cannot be taken never keeps back the others. */
  take(events: readonly SipEvent[]): void {
    for (const event of events) {
      try {
        this.#dispatch(event)
      } catch (error) {
        this.parts.log.error('an event of the switch could not be taken', { type: event.type, error })
        this.parts.troubles.raise(lostEvent(event.type), { minutes: 60 })
      }
    }
  }

  #dispatch(event: SipEvent): void {
    switch (event.type) {
      case 'invite':
        this.parts.invited(event)
        break
      case 'progress':
      case 'answered':
      case 'digit':
      case 'played':
        this.#sinks.get(event.leg)?.take(event)
        break
      case 'recorded':
      case 'hold-changed':
      case 'media-seen':
        this.#sinks.get(event.leg)?.take(event)
        this.parts.others(event)
        break
      case 'ended':
        this.#ended(event)
        break
      case 'page-started':
      case 'page-round':
      case 'page-ended':
        this.#pages.get(event.page)?.(event)
        break
      case 'replied':
        this.#requests.get(event.request)?.(event.status)
        this.parts.others(event)
        break
      default:
        this.parts.others(event)
    }
  }

  #ended(event: Extract<SipEvent, { type: 'ended' }>): void {
    this.#closing.get(event.leg)?.(event.quality)
    const sink = this.#sinks.get(event.leg)
    this.#sinks.delete(event.leg)
    sink?.take(event)
  }
}

const stuckLeg = (leg: LegId) => ({
  code: `calls.stuck-leg:${leg}`,
  severity: 'serious' as const,
  text: 'The switch did not end a leg that was asked to end four times.',
  remedy: 'Look at "pbx dump" for the leg. If it stays, restart the supervisor: calls in progress go on.',
})

const lostEvent = (type: string) => ({
  code: `calls.lost-event:${type}`,
  severity: 'serious' as const,
  text: `An event of the switch ("${type}") could not be taken.`,
  remedy: 'Save a diagnostics bundle for the maker: the log holds the reason.',
})
