// The answer to a phone that asks where its settings are (ua-profile, RFC 6080): an address, as application/url.
import type { EventPackage } from '../subscriptions/feature.ts'

/** `address` is asked each time a phone is told. Phones put their own name into it where they are made to. */
export const uaProfile = (address: () => string | undefined): EventPackage => ({
  name: 'ua-profile',
  contentTypes: ['application/url'],
  anyone: true,
  describe: address,
})
