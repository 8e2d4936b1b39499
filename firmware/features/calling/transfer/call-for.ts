// A phone asks the box to call for it (REFER outside a call): its own phone rings, and whoever takes it off is put through.
import type { SipEvent } from '../../../kernel/call/sip-port.ts'
import { type Cause, sipStatusOf } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { lines } from '../../phones/lines/feature.ts'
import { Progress } from './progress.ts'
import { numberIn } from './target.ts'
import { words } from './words.en.ts'

/** How long the phone that asked rings, seconds. */
const OWN_RINGS = 30

type Asked = Extract<SipEvent, { type: 'asked-to-call' }>

/** Never rejects for what the phone asks: it is told why not, in SIP's number. */
export async function callFor(ctx: Context, asked: Asked): Promise<void> {
  const progress = new Progress(ctx, asked.request)
  try {
    progress.tell(sipStatusOf(await call(ctx, asked, progress)))
  } finally {
    progress.tell(sipStatusOf('failed'))
  }
}

async function call(ctx: Context, asked: Asked, progress: Progress): Promise<Cause> {
  const line = ctx.use(lines).get(asked.line)
  const number = numberIn(asked.to)
  if (!line) return 'forbidden'
  const party = ctx.use(extensions).partyOf(line)
  // Nobody makes the phones of others call; who calls for help dials.
  const isOwn = [line.authName, party.number, ''].includes(asked.of)
  if (!isOwn || party.extension === undefined || (number !== undefined && ctx.store.reserves(number)))
    return 'forbidden'
  if (number === undefined) return 'not-found'
  const way = await ctx.calls.route(party, number)
  if ('refused' in way) return way.refused
  const to = ctx
    .use(extensions)
    .targets(party.extension)
    .filter(target => target.party.line === asked.line)
  const why = words['transfer.asked'].replace('{number}', number)
  return ctx.calls.place({ to, from: party, patienceSeconds: OWN_RINGS, why }, leg => {
    progress.tell(200)
    return leg.call.follow(leg, { goto: way.to })
  })
}
