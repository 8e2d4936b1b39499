// Transfer: a phone hands its partner on (REFER), to a number or to whom it talks to on its other line.
import { feature } from '../../../kernel/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { lines } from '../../phones/lines/feature.ts'
import { callFor } from './call-for.ts'
import { Transfers } from './transfers.ts'
import { words } from './words.en.ts'

export const transfer = feature<unknown, undefined>({
  name: 'transfer',
  about: 'Handing a call on with the transfer key of a phone.',
  optional: true,
  needs: [extensions, lines],
  words: { en: words },
  start(ctx) {
    const transfers = new Transfers(ctx)
    return {
      sip: {
        observe(event) {
          if (event.type === 'refer') ctx.spawn('transfer a call', transfers.run(event))
          if (event.type === 'asked-to-call') ctx.spawn('call for a phone', callFor(ctx, event))
        },
      },
    }
  },
})
export default transfer
