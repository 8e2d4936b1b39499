// What a technician asks of the lamps: who watches whom.
import type { Context, Route } from '../../../kernel/feature.ts'
import { extensions } from '../extensions/feature.ts'
import { lines } from '../lines/feature.ts'
import type { Desk } from './desk.ts'
import type { SubscriptionsSettings } from './settings.ts'

/** The routes of this feature. */
export function routesOf(
  ctx: Pick<Context<SubscriptionsSettings>, 'use' | 'store'>,
  desk: Desk,
): readonly Route<never, unknown>[] {
  const nameOf = (target: string) => {
    const owner = ctx.store.owner(target)
    return owner?.kind === 'extension' ? ctx.use(extensions).get(owner.id)?.name : undefined
  }
  return [
    {
      method: 'GET',
      path: 'subscriptions/watchers',
      about: 'Every subscription of a phone: what it watches, from where, until when.',
      permission: 'subscriptions.view',
      rows: { in: 'watchers', on: ({ device: id }: { readonly device: string }) => [{ kind: 'device', id }] },
      run: () => ({
        watchers: desk.all().flatMap(({ id, package: name, line, target, source, userAgent, expiresAt }) => {
          const watcher = ctx.use(lines).get(line)
          if (!watcher) return []
          const { authName, device } = watcher
          const { host, port, transport } = source
          const shown = { id, package: name, line, authName, device, target, name: nameOf(target) ?? '' }
          return [{ ...shown, host, port, transport, userAgent, expiresAt }]
        }),
      }),
    },
  ]
}
