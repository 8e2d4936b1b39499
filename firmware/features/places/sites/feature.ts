// Sites: the plants this box serves. One exists from first boot.
import type { Party } from '../../../kernel/call/call.types.ts'
import { feature, type Problem } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { part } from './parting.ts'
import { addressLine, type Site, siteKind } from './settings.ts'
import { tonesOf } from './tone-plan.ts'
import { words } from './words.en.ts'

export { addressLine, type Site, siteKind } from './settings.ts'

/** What other features ask about sites. */
export interface Sites {
  /** The site of this id; without one, or when it is gone, the first there is. */
  of(id?: string): Stored<Site> | undefined
}

export const sites = feature<unknown, Sites>({
  name: 'sites',
  about: 'Where the plants are: address, time zone and language.',
  resources: [siteKind],
  permissions: { 'sites.view': 'See sites', 'sites.manage': 'Change sites' },
  words: { en: words },
  start(ctx) {
    const of = (id?: string) =>
      (id === undefined ? undefined : ctx.store.get(siteKind, id)) ?? ctx.store.all(siteKind)[0]
    const country = (party: Party) => of(party.site)?.country ?? 'US'
    ctx.calls.soundsBy({
      ringBack: party => tonesOf(country(party))['ring-back'],
      parting: async (leg, cause) => part(ctx, { leg, cause, country: country(leg.party) }),
    })
    return { api: { of }, problems: () => problemsOf(ctx.store.all(siteKind)) }
  },
})
export default sites

/** A site without an address cannot be sent help; no site at all is worse. */
export function problemsOf(all: readonly Stored<Site>[]): Problem[] {
  if (all.length === 0)
    return [{ code: 'sites.none', severity: 'serious', text: words['sites.none'], remedy: words['sites.none.remedy'] }]
  return all
    .filter(site => addressLine(site) === '')
    .map(site => ({
      code: `sites.no-address:${site.id}`,
      severity: 'serious',
      text: words['sites.no-address'].replace('{site}', site.name),
      remedy: words['sites.no-address.remedy'],
      link: `/site/${site.id}`,
    }))
}
