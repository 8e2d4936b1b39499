// Extensions: what people dial. Calling one rings every registered phone that carries it.
import type { Leg, Next } from '../../../kernel/call/call.types.ts'
import { type Context, feature } from '../../../kernel/feature.ts'
import { networks } from '../../places/networks/feature.ts'
import { devices } from '../devices/feature.ts'
import { lines } from '../lines/feature.ts'
import { registrar } from '../registrar/feature.ts'
import { Carriers, type Extensions } from './carriers.ts'
import { occasionOf } from './diversions.ts'
import { sentElsewhere } from './redirections.ts'
import { type ExtensionsSettings, extensionKind, ExtensionsSettings as Settings } from './settings.ts'
import { words } from './words.en.ts'

export type { Extensions } from './carriers.ts'
export { type Diversion, type Diverting, OCCASIONS, type Occasion } from './diversions.ts'
export { type Extension, extensionKind } from './settings.ts'

export const extensions = feature<ExtensionsSettings, Extensions>({
  name: 'extensions',
  about: 'Numbers that people dial for a person, a desk or a post.',
  essential: true,
  needs: [networks, devices, lines, registrar],
  settings: Settings,
  resources: [extensionKind],
  permissions: { 'extensions.view': 'See extensions', 'extensions.manage': 'Change extensions' },
  words: { en: words },
  start(ctx) {
    const carriers = new Carriers(ctx)
    const all = () => ctx.store.all(extensionKind)
    return {
      api: carriers,
      destinations: {
        extension: {
          title: words['extensions.destination'],
          run: (caller, id, _, options) => ringExtension(ctx, carriers, { caller, id, options }),
          choices: () => all().map(({ id, number, name }) => ({ id, label: `${number} ${name}` })),
        },
      },
      phases: { identify: arrival => carriers.identify(arrival) },
      problems: () =>
        all()
          .filter(({ id }) => !carriers.linesOf(id).length)
          .map(({ id, number, name }) => ({
            code: `extensions.no-line:${id}`,
            severity: 'info',
            text: words['extensions.no-line'].replace('{number}', number).replace('{name}', name),
            remedy: words['extensions.no-line.remedy'],
            link: `/extension/${id}`,
          })),
    }
  },
})
export default extensions

async function ringExtension(
  ctx: Context<ExtensionsSettings>,
  carriers: Carriers,
  o: { caller: Leg; id: string; options?: Readonly<Record<string, unknown>> | undefined },
): Promise<Next> {
  const { caller, id, options = {} } = o
  if (!carriers.get(id)) return { end: 'not-found' }
  const { diversions } = carriers
  const always = diversions.next({ extension: id, when: 'always', caller, options })
  if (always) return always
  // A person's second phone rings when the first calls the own number; the first itself does not.
  const targets = carriers.targets(id).filter(target => target.party.line !== caller.party.line)
  const patienceSeconds = diversions.ringSeconds(id) ?? ctx.settings.ringSeconds
  const outcome = await caller.call.ring({ targets, patienceSeconds })
  if ('cause' in outcome) {
    const elsewhere = await sentElsewhere(ctx, { caller, extension: id, options, redirected: outcome.redirected ?? [] })
    if (elsewhere) return elsewhere
    const when = occasionOf(outcome.cause)
    return (when && diversions.next({ extension: id, when, caller, options })) ?? { end: outcome.cause }
  }
  const bridge = await caller.call.connect(caller, outcome)
  return { end: await bridge.ended }
}
