// Calls for help that somebody still has to look after: those under way, and those that ended before anybody answered.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { Who } from '../../../kernel/store.ts'
import type { EmergencyCall } from './facts.ts'
import type { EmergencyLog } from './records.ts'

/** So many calls that nobody answered wait for somebody; older ones are in the records. */
const UNANSWERED_KEPT = 50

export interface UnderWay {
  /** The newest first. */
  all(): readonly EmergencyCall[]
  get(call: string): EmergencyCall | undefined
  began(call: EmergencyCall): void
  /** Somebody takes care. The first who says so is kept; throws PbxError `emergency-calls.not-live`. */
  acknowledge(call: string, who: Who): EmergencyCall
}

/** Follows calls for help from their first moment until somebody has taken care of them. */
export function callsUnderWay(
  ctx: Pick<Context, 'live' | 'clock' | 'emit' | 'on' | 'calls'>,
  log: EmergencyLog,
): UnderWay {
  const under = ctx.live.collection<EmergencyCall>('call', { keep: 'restart' })
  const all = () => [...under.all().values()].sort((a, b) => b.at - a.at)
  ctx.on('call.answered', ({ call, by }) => {
    const known = under.get(call)
    if (known === undefined) return
    const name = `${by.name} ${by.number}`.trim()
    under.set(call, { ...known, answeredBy: name })
    ctx.emit('emergency-call.answered', { call, by: name })
    log.answered(call, name)
  })
  const ended = ({ call, at }: { readonly call: string; readonly at: number }) => {
    const known = under.get(call)
    if (known === undefined) return
    const attended = known.answeredBy !== undefined || known.acknowledged !== undefined
    ctx.emit('emergency-call.ended', { call })
    if (attended) under.delete(call)
    else under.set(call, { ...known, endedAt: at })
    for (const { call: old } of all()
      .filter(one => one.endedAt !== undefined)
      .slice(UNANSWERED_KEPT))
      under.delete(old)
    log.ended(call, at)
  }
  ctx.on('call.ended', ended)
  // The end of a call may have gone with the process that saw it.
  ctx.on('calls.open', () => {
    const live = new Set(ctx.calls.live().map(({ id }) => id))
    const lost = all().filter(({ call, endedAt }) => endedAt === undefined && !live.has(call))
    for (const { call } of lost) ended({ call, at: ctx.clock.now() })
  })
  return {
    all,
    get: call => under.get(call),
    began(call) {
      under.set(call.call, call)
      ctx.emit('emergency-call.began', call)
    },
    acknowledge(call, who) {
      const known = under.get(call)
      if (known === undefined)
        throw new PbxError('emergency-calls.not-live', 'this call for help is over and somebody took care of it', {
          status: 404,
        })
      if (known.acknowledged !== undefined) return known
      const at = ctx.clock.now()
      const next = { ...known, acknowledged: { at, by: who.name } }
      ctx.emit('emergency-call.acknowledged', { call, by: who.name, at })
      if (known.endedAt === undefined) under.set(call, next)
      else under.delete(call)
      log.acknowledged(call, { by: who.name, at })
      return next
    },
  }
}
