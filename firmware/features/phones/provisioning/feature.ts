// Provisioning: how phones find their settings. The box tells them where; it serves none itself yet.
import { feature } from '../../../kernel/feature.ts'
import { subscriptions } from '../subscriptions/feature.ts'
import { uaProfile } from './profile-address.ts'
import { type ProvisioningSettings, ProvisioningSettings as Settings } from './settings.ts'
import { words } from './words.en.ts'

export const provisioning = feature<ProvisioningSettings, undefined>({
  name: 'provisioning',
  about: 'Where phones fetch their settings.',
  needs: [subscriptions],
  settings: Settings,
  permissions: {
    'provisioning.view': words['provisioning.view'],
    'provisioning.manage': words['provisioning.manage'],
  },
  words: { en: words },
  start(ctx) {
    let offered: AbortController | undefined
    /** Offered while there is an address: without one a phone is refused as by a box that knows nothing of it (489). */
    const offer = (): void => {
      const { address } = ctx.settings
      if (address === undefined) {
        offered?.abort()
        offered = undefined
      } else if (offered === undefined) {
        offered = new AbortController()
        ctx.use(subscriptions).offer(
          uaProfile(() => ctx.settings.address),
          offered.signal,
        )
      } else {
        ctx.use(subscriptions).changed('ua-profile')
      }
    }
    offer()
    ctx.signal.addEventListener('abort', () => offered?.abort(), { once: true })
    return { apply: offer }
  },
})
export default provisioning
