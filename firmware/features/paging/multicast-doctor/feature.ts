// The multicast doctor: whether streams can be heard at all, looked for before anybody needs them.
import { feature } from '../../../kernel/feature.ts'
import { devices } from '../../phones/devices/feature.ts'
import { lines } from '../../phones/lines/feature.ts'
import { registrar } from '../../phones/registrar/feature.ts'
import { zones } from '../zones/feature.ts'
import { Doctor } from './doctor.ts'
import { words } from './words.en.ts'

export const multicastDoctor = feature<unknown, undefined>({
  name: 'multicast-doctor',
  about: 'Looks whether multicast pages can be heard, and says what to do.',
  needs: [zones, devices, lines, registrar],
  permissions: {
    'multicast-doctor.view': words['multicast-doctor.view'],
    'multicast-doctor.examine': words['multicast-doctor.examine'],
  },
  words: { en: words },
  start(ctx) {
    const doctor = new Doctor(ctx)
    return {
      routes: [
        {
          method: 'GET',
          path: 'multicast-doctor/state',
          about: 'The last examination, and who keeps groups alive on the networks that streams leave by.',
          permission: 'multicast-doctor.view',
          run: () => doctor.state(),
        },
        {
          method: 'POST',
          path: 'multicast-doctor/examine',
          about: 'Sends silent probes of every stream that a zone holds, and says what was found; takes two seconds.',
          permission: 'multicast-doctor.examine',
          run: () => doctor.examine(),
        },
      ],
      problems: () => doctor.problems(),
      metrics: () => ({ multicast_networks_without_querier: doctor.silent().length }),
    }
  },
})
export default multicastDoctor
