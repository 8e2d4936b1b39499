// Forwarding: calls to an extension go elsewhere, always or when nobody talks to the caller.
import { feature, type Problem } from '../../../kernel/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { forward } from './forwards.ts'
import { migrations, switchLog } from './records.ts'
import { routesOf } from './routes.ts'
import { forwardRuleKind, WHENS } from './settings.ts'
import { Switches } from './switches.ts'
import { words } from './words.en.ts'

export { type ForwardRule, forwardRuleKind } from './settings.ts'

export const forwarding = feature<unknown, undefined>({
  name: 'forwarding',
  about: 'Where calls go when an extension is busy, unanswered, away, or always.',
  optional: true,
  needs: [extensions],
  resources: [forwardRuleKind],
  records: migrations,
  permissions: {
    'forwarding.view': words['forwarding.view'],
    'forwarding.manage': words['forwarding.manage'],
    'forwarding.switch': words['forwarding.switch'],
  },
  words: { en: words },
  start(ctx) {
    const switches = new Switches(ctx)
    const diversion = {
      next: (o: Parameters<typeof forward>[2]) => forward(ctx, switches, o),
      ringSeconds: (extension: string) => switches.ringSeconds(extension),
    }
    ctx.use(extensions).divert(diversion, ctx.signal)
    ctx.on('document.changed', ({ kinds }) => {
      if (!kinds.includes('extension')) return
      for (const id of switches.all().keys()) if (!ctx.use(extensions).get(id)) switches.drop(id)
    })
    return {
      routes: routesOf(ctx, switches, switchLog(ctx.records)),
      problems: () =>
        [...switches.all()].flatMap(([id, own]) =>
          WHENS.flatMap((when): Problem[] => {
            const to = own[when]?.to
            if (to === undefined || ctx.store.owner(to)) return []
            const { number = '', name = '' } = ctx.use(extensions).get(id) ?? {}
            const text = words['forwarding.nowhere']
              .replace('{number}', number)
              .replace('{name}', name)
              .replace('{to}', to)
            const remedy = words['forwarding.nowhere.remedy']
            return [
              { code: `forwarding.nowhere:${id}:${when}`, severity: 'warning', text, remedy, link: '/forwarding' },
            ]
          }),
        ),
    }
  },
})
export default forwarding
