// What an odd way of a phone is made of: how it is told, and the calls that most of them begin and end with.
import { DESCRIPTION, hears, hearsCall, hearsTag, mayHear, replies, type Step, says } from './lines.ts'

export interface Oddity {
  readonly title: string
  readonly caller: string
  /** Who is called, where the call is passed on. Without it the box answers by itself. */
  readonly called?: string
  /** The box hangs up by itself once this many requests of the dialog were heard of as INFO. */
  readonly boxEndsAfterInfo?: true
  /** The box only rings. */
  readonly unanswered?: true
  readonly through?: 'router' | 'echo' | 'loss' | 'trickle'
  /** Session interval, seconds. */
  readonly session?: number
  /** How the caller's leg ends, as the box has it. */
  readonly cause: string
}

export const INVITE = says('INVITE', { cseq: 1, body: DESCRIPTION })
export const up: readonly Step[] = [INVITE, mayHear(100), mayHear(180), hears(200), says('ACK', { cseq: 1 })]
export const over = (cseq: number): readonly Step[] => [says('BYE', { cseq }), hears(200)]
/** The same where answers of other dialogs come between, whose tag SIPp would take for the call's. */
export const upWithTag: readonly Step[] = [INVITE, mayHear(100), mayHear(180), hearsTag, says('ACK', { cseq: 1 })]
export const overOf = (cseq: number): readonly Step[] => [says('BYE', { cseq, toTag: ';[$tag]' }), hears(200)]
export const answers: readonly Step[] = [
  hearsCall,
  replies(180, { tag: true }),
  replies(200, { tag: true, body: DESCRIPTION }),
  hears('ACK'),
]
