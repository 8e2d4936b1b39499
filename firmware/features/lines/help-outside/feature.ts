// Calls for help leave the plant by the trunks that carry them. A feature of its own: neither side needs the other to work.
import { feature } from '../../../kernel/feature.ts'
import { emergencyCalls } from '../../safety/emergency-calls/feature.ts'
import { trunks } from '../trunks/feature.ts'

export const helpOutside = feature<unknown, undefined>({
  name: 'help-outside',
  about: 'Calls for help to the public emergency services.',
  needs: [emergencyCalls, trunks],
  start(ctx) {
    ctx.use(emergencyCalls).leadOutside(ctx.use(trunks).waysForHelp)
    return {}
  },
})
export default helpOutside
