// Whether somebody talks now: read off the live calls, never remembered.
import type { Context } from '../../../kernel/feature.ts'

/** Whether a phone that carries this extension is in a call that was answered. */
export const isTalking = (ctx: Context, extension: string): boolean =>
  ctx.calls.live().some(call => call.legs.some(leg => leg.party.extension === extension && leg.state === 'established'))
