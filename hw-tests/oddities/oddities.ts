// How phones and networks misbehave in a call, one after the other, each as a SIPp scenario.
import {
  calledSays,
  DESCRIPTION,
  description,
  hears,
  hearsCall,
  hearsFor,
  hearsOffer,
  hearsTag,
  mayHear,
  named,
  replies,
  repliesToCall,
  repliesToOffer,
  type Step,
  says,
  scenario,
  waits,
} from './lines.ts'

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

const INVITE = says('INVITE', { cseq: 1, body: DESCRIPTION })
const up: readonly Step[] = [INVITE, mayHear(100), mayHear(180), hears(200), says('ACK', { cseq: 1 })]
const over = (cseq: number): readonly Step[] => [says('BYE', { cseq }), hears(200)]
/** The same where answers of other dialogs come between, whose tag SIPp would take for the call's. */
const upWithTag: readonly Step[] = [INVITE, mayHear(100), mayHear(180), hearsTag, says('ACK', { cseq: 1 })]
const overOf = (cseq: number): readonly Step[] => [says('BYE', { cseq, toTag: ';[$tag]' }), hears(200)]
const answers: readonly Step[] = [
  hearsCall,
  replies(180, { tag: true }),
  replies(200, { tag: true, body: DESCRIPTION }),
  hears('ACK'),
]

export const ODDITIES: readonly Oddity[] = [
  {
    title: 'an answer and a CANCEL that cross',
    // The box had answered when it heard the CANCEL: that is all it can know.
    caller: scenario(
      INVITE,
      mayHear(100),
      mayHear(180),
      hears(200),
      says('CANCEL', { cseq: 1, branch: 'INVITE1', toTag: '' }),
      hears(200),
      says('ACK', { cseq: 1 }),
      ...over(2),
    ),
    cause: 'answered',
  },
  {
    title: 'a CANCEL that crosses the answer of who is called',
    caller: scenario(
      INVITE,
      hears(100),
      waits(400),
      says('CANCEL', { cseq: 1, branch: 'INVITE1', toTag: '' }),
      hears(200),
      hears(487),
      says('ACK', { cseq: 1, branch: 'INVITE1' }),
    ),
    called: scenario(
      hearsCall,
      replies(180, { tag: true }),
      hears('CANCEL'),
      replies(200),
      repliesToCall(200, { body: DESCRIPTION }),
      hears('ACK'),
      hears('BYE'),
      replies(200),
    ),
    cause: 'cancelled',
  },
  {
    title: 'a BYE of the other side that crosses a re-INVITE',
    caller: scenario(
      ...up,
      says('INVITE', { cseq: 2, body: description('sendonly') }),
      mayHear(100),
      hears(500),
      says('ACK', { cseq: 2, branch: 'INVITE2' }),
      hears('BYE'),
      replies(200),
    ),
    called: scenario(...answers, hears('INVITE'), calledSays('BYE', { cseq: 7 }), hears(200)),
    cause: 'answered',
  },
  {
    title: 'a BYE right behind its own re-INVITE',
    caller: scenario(
      ...up,
      says('INVITE', { cseq: 2, body: description('sendonly') }),
      hears(100),
      says('BYE', { cseq: 3 }),
      hears(200),
      hears(487),
      says('ACK', { cseq: 2, branch: 'INVITE2' }),
    ),
    called: scenario(
      ...answers,
      hearsOffer,
      hears('BYE'),
      replies(200),
      // Late, and still to be acknowledged: else it is said again for half a minute.
      repliesToOffer(200, { body: description('recvonly') }),
      hears('ACK'),
    ),
    cause: 'answered',
  },
  {
    title: 'everything said twice',
    caller: scenario(...up, waits(100), ...over(2), waits(200)),
    through: 'echo',
    cause: 'answered',
  },
  {
    title: 'an ACK that never comes',
    caller: scenario(INVITE, mayHear(100), mayHear(180), hears(200), hears('BYE'), replies(200)),
    cause: 'unreachable',
  },
  {
    title: 'an ACK that is lost once',
    caller: scenario(...up, waits(400), ...over(2)),
    through: 'loss',
    cause: 'answered',
  },
  {
    title: 're-INVITEs of both sides that cross',
    caller: scenario(
      ...up,
      // Once this has passed, both sides know the call to be up.
      says('INVITE', { cseq: 2, body: description('sendonly') }),
      mayHear(100),
      hears(200),
      says('ACK', { cseq: 2, branch: 'ACK2' }),
      hears('INVITE'),
      says('INVITE', { cseq: 3, body: description('inactive') }),
      hears(491),
      says('ACK', { cseq: 3, branch: 'INVITE3' }),
      ...over(4),
    ),
    called: scenario(
      ...answers,
      hears('INVITE'),
      replies(200, { body: description('recvonly') }),
      hears('ACK'),
      calledSays('INVITE', { cseq: 7, body: description('sendonly') }),
      mayHear(100),
      hears(500),
      calledSays('ACK', { cseq: 7, branch: 'INVITE7' }),
      hears('BYE'),
      replies(200),
    ),
    cause: 'answered',
  },
  {
    title: 'a second re-INVITE before the first is answered',
    caller: scenario(
      ...up,
      says('INVITE', { cseq: 2, body: description('sendonly') }),
      hears(100),
      says('INVITE', { cseq: 3, body: description('inactive') }),
      hears(500),
      says('ACK', { cseq: 3, branch: 'INVITE3' }),
      hears(200),
      says('ACK', { cseq: 2, branch: 'ACK2' }),
      ...over(4),
    ),
    called: scenario(
      ...answers,
      hears('INVITE'),
      waits(300),
      replies(200, { body: description('recvonly') }),
      hears('ACK'),
      hears('BYE'),
      replies(200),
    ),
    cause: 'answered',
  },
  {
    title: 'a BYE before the call is up',
    caller: scenario(
      INVITE,
      mayHear(100),
      hears(180),
      ...over(2),
      hears(487),
      says('ACK', { cseq: 1, branch: 'INVITE1' }),
    ),
    unanswered: true,
    cause: 'cancelled',
  },
  {
    title: 'a BYE of who is called before he answers',
    caller: scenario(INVITE, mayHear(100), mayHear(180), hears(480), says('ACK', { cseq: 1, branch: 'INVITE1' })),
    called: scenario(
      hearsCall,
      replies(180, { tag: true }),
      waits(100),
      calledSays('BYE', { cseq: 7 }),
      hears(200),
      // He rings on by the INVITE, which nobody may leave waiting.
      hears('CANCEL'),
      replies(200),
      repliesToCall(487),
      hears('ACK'),
    ),
    cause: 'answered',
  },
  {
    title: 'who is called vanishes in the middle of a call',
    // Both sides are asked whether they are still there.
    caller: scenario(
      ...up,
      hears('INVITE'),
      replies(200, { body: DESCRIPTION }),
      hears('ACK'),
      hears('BYE'),
      replies(200),
    ),
    called: scenario(...answers),
    session: 6,
    cause: 'answered',
  },
  {
    title: 'a phone that vanishes in the middle of a call',
    caller: scenario(...up),
    session: 4,
    cause: 'session-expired',
  },
  {
    title: 'a number that was used before',
    caller: scenario(
      ...up,
      says('INFO', { cseq: 5 }),
      hears(200),
      named('stale', says('INFO', { cseq: 3 })),
      hearsFor('stale', 500),
      ...over(6),
    ),
    cause: 'answered',
  },
  {
    title: 'a tag that belongs to no call',
    caller: scenario(
      INVITE,
      mayHear(100),
      mayHear(180),
      hearsTag,
      says('ACK', { cseq: 1 }),
      says('BYE', { cseq: 2, toTag: ';tag=nobody' }),
      hears(481),
      says('BYE', { cseq: 3, toTag: ';[$tag]' }),
      hears(200),
    ),
    cause: 'answered',
  },
  {
    title: 'a router that forgets the phone’s port',
    caller: scenario(...up, waits(100), says('INFO', { cseq: 2 }), hears(200), hears('BYE'), replies(200)),
    boxEndsAfterInfo: true,
    through: 'router',
    cause: 'answered',
  },
  {
    title: 'a connection that brings one byte at a time',
    caller: scenario(
      ...up,
      says('INVITE', { cseq: 2, body: description('sendonly') }),
      mayHear(100),
      hears(200),
      says('ACK', { cseq: 2, branch: 'ACK2' }),
      ...over(3),
    ),
    through: 'trickle',
    cause: 'answered',
  },
  {
    title: 'an answer that is said again after the call is over',
    caller: scenario(...up, ...over(2)),
    called: scenario(
      ...answers,
      hears('BYE'),
      replies(200),
      waits(2500),
      repliesToCall(200, { body: DESCRIPTION }),
      // Acknowledged, else it is said for half a minute; and ended, else this side believes in a call.
      hears('ACK'),
      hears('BYE'),
      replies(200),
    ),
    cause: 'answered',
  },
  {
    title: 'an answer after nobody waits for it any more',
    caller: scenario(INVITE, mayHear(100), mayHear(180), hears(480), says('ACK', { cseq: 1, branch: 'INVITE1' })),
    called: scenario(
      hearsCall,
      waits(4500),
      repliesToCall(200, { body: DESCRIPTION }),
      hears('ACK'),
      hears('BYE'),
      replies(200),
    ),
    cause: 'answered',
  },
  {
    title: 'two branches of a fork that both answer',
    caller: scenario(...up, waits(600), ...over(2)),
    called: scenario(
      hearsCall,
      replies(180, { tag: true }),
      repliesToCall(180, { tag: 'other' }),
      repliesToCall(200, { body: DESCRIPTION }),
      hears('ACK'),
      repliesToCall(200, { tag: 'other', body: DESCRIPTION }),
      hears('ACK'),
      // The one that came second is ended, the first goes on.
      hears('BYE'),
      replies(200),
      hears('BYE'),
      replies(200),
    ),
    cause: 'answered',
  },
  {
    title: 'an acknowledgement of an answer that nobody gave',
    caller: scenario(
      ...upWithTag,
      says('PRACK', { cseq: 2, toTag: ';[$tag]', headers: ['RAck: 7 1 INVITE'] }),
      hears(481),
      ...overOf(3),
    ),
    cause: 'answered',
  },
  {
    title: 'ringing that must arrive, and is never acknowledged',
    caller: scenario(
      says('INVITE', { cseq: 1, body: DESCRIPTION, headers: ['Require: 100rel'] }),
      mayHear(100),
      hears(180),
      mayHear(180),
      mayHear(180),
      mayHear(180),
      hears(504),
      says('ACK', { cseq: 1, branch: 'INVITE1' }),
    ),
    unanswered: true,
    cause: 'unreachable',
  },
  {
    title: 'an UPDATE with an offer while a re-INVITE waits for its answer',
    caller: scenario(
      ...up,
      says('INVITE', { cseq: 2, body: description('sendonly') }),
      hears(100),
      named('update', says('UPDATE', { cseq: 3, body: description('inactive') })),
      hearsFor('update', 500),
      hears(200),
      says('ACK', { cseq: 2, branch: 'ACK2' }),
      ...over(4),
    ),
    called: scenario(
      ...answers,
      hears('INVITE'),
      waits(400),
      replies(200, { body: description('recvonly') }),
      hears('ACK'),
      hears('BYE'),
      replies(200),
    ),
    cause: 'answered',
  },
  {
    title: 'an UPDATE of a call that is not there, and one without an offer',
    caller: scenario(
      ...upWithTag,
      says('UPDATE', { cseq: 2, toTag: ';tag=nobody' }),
      hears(481),
      says('UPDATE', { cseq: 3, toTag: ';[$tag]' }),
      hears(200),
      ...overOf(4),
    ),
    cause: 'answered',
  },
  {
    title: 'a CANCEL of a call that nobody made',
    caller: scenario(...upWithTag, says('CANCEL', { cseq: 2, branch: 'NOBODY', toTag: '' }), hears(481), ...overOf(3)),
    cause: 'answered',
  },
  {
    title: 'a call that wants the place of one that is over',
    caller: scenario(
      says('INVITE', { cseq: 1, body: DESCRIPTION, headers: ['Replaces: over;to-tag=a;from-tag=b'] }),
      mayHear(100),
      hears(481),
      says('ACK', { cseq: 1, branch: 'INVITE1' }),
      says('INVITE', { cseq: 2, branch: 'AGAIN', toTag: '', body: DESCRIPTION }),
      mayHear(100),
      mayHear(180),
      hears(200),
      says('ACK', { cseq: 2 }),
      ...over(3),
    ),
    cause: 'answered',
  },
  {
    title: 'a re-INVITE whose answer is never acknowledged',
    caller: scenario(
      ...up,
      says('INVITE', { cseq: 2, body: description('sendonly') }),
      mayHear(100),
      hears(200),
      hears('BYE'),
      replies(200),
    ),
    cause: 'unreachable',
  },
]
