// Who was told of a call for help, kept beside it: after a crash of the supervisor the rest is told, and nobody twice.
import type { Context } from '../../../kernel/feature.ts'
import type { EmergencyCall } from './facts.ts'

/** How far the telling of one call is. */
export interface Telling {
  readonly call: EmergencyCall
  readonly device?: string
  readonly site?: string
  /** Handed to somebody who goes on with it after a crash by himself. */
  readonly begun: readonly string[]
  readonly done: readonly string[]
  readonly complete: boolean
  readonly over: boolean
}

/** What is known of a notice when it is its turn. */
export type NoticeState = 'due' | 'begun' | 'done'

export interface Told {
  /** False: this call is being told of already, or was. */
  begins(call: EmergencyCall, o: Pick<Telling, 'device' | 'site'>): boolean
  stateOf(call: string, notice: string): NoticeState
  mark(call: string, notice: string, state: NoticeState): void
  completed(call: string): void
  /** Nothing more is to be expected of this call. */
  over(call: string): void
  /** Those that a predecessor did not come to the end of. */
  unfinished(): readonly Telling[]
}

/** Opens what a predecessor left; calls that it saw the end of are dropped once all was told. */
export function openTold(ctx: Pick<Context, 'live' | 'on'>): Told {
  const kept = ctx.live.collection<Telling>('told', { keep: 'restart' })
  const left = [...kept.all().values()]
  const change = (call: string, next: (known: Telling) => Telling) => {
    const known = kept.get(call)
    if (known === undefined) return
    const changed = next(known)
    if (changed.complete && changed.over) kept.delete(call)
    else kept.set(call, changed)
  }
  const over = (call: string) => change(call, known => ({ ...known, over: true }))
  ctx.on('call.ended', ({ call }) => over(call))
  return {
    begins(call, { device, site }) {
      if (kept.get(call.call) !== undefined) return false
      const where = { ...(device !== undefined && { device }), ...(site !== undefined && { site }) }
      kept.set(call.call, { call, ...where, begun: [], done: [], complete: false, over: false })
      return true
    },
    stateOf(call, notice) {
      const known = kept.get(call)
      if (known?.done.includes(notice)) return 'done'
      return known?.begun.includes(notice) ? 'begun' : 'due'
    },
    mark(call, notice, state) {
      const others = (all: readonly string[]) => all.filter(one => one !== notice)
      change(call, known => ({
        ...known,
        begun: state === 'begun' ? [...others(known.begun), notice] : others(known.begun),
        done: state === 'done' ? [...others(known.done), notice] : others(known.done),
      }))
    },
    completed: call => change(call, known => ({ ...known, complete: true })),
    over,
    unfinished: () => left,
  }
}
