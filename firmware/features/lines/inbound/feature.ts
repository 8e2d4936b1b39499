// Inbound numbers: where calls from outside go.
import { type Context, feature, type Problem } from '../../../kernel/feature.ts'
import { schedules } from '../../answering/schedules/feature.ts'
import { outsideNumber, trunks } from '../trunks/feature.ts'
import { type InboundSettings, inboundNumberKind, InboundSettings as Settings } from './settings.ts'
import { dialled, wayOf } from './way.ts'
import { words } from './words.en.ts'

export { type InboundNumber, inboundNumberKind } from './settings.ts'

/** What other features ask of inbound numbers. */
export interface Inbound {
  /** The number outside that rings this very extension; undefined: none of its own. */
  numberOf(extension: string): string | undefined
}

/** A number that nobody entered, called from outside. */
interface Stranger {
  readonly number: string
  readonly at: number
}
/** It is a problem for so long after the last call, milliseconds. */
const STRANGE_FOR = 24 * 60 * 60_000
const NAMED_AT_MOST = 5

export const inbound = feature<InboundSettings, Inbound>({
  name: 'inbound',
  about: 'Numbers that people outside dial, and where their calls go.',
  optional: true,
  needs: [trunks, schedules],
  settings: Settings,
  resources: [inboundNumberKind],
  permissions: { 'inbound.view': words['inbound.view'], 'inbound.manage': words['inbound.manage'] },
  words: { en: words },
  start(ctx) {
    const strangers = ctx.live.collection<Stranger>('strangers', { keep: 'process' })
    const all = () => ctx.store.all(inboundNumberKind)
    const inE164 = (number: string, trunk: string | undefined) =>
      outsideNumber(number, ctx.use(trunks).countryOf(trunk)).e164 ?? number
    ctx.on('call.began', ({ from, dialled: number }) => {
      if (from.trust !== 'trunk' || dialled(all(), { number: inE164(number, from.trunk), trunk: from.trunk })) return
      if (strangers.all().size < 100 || strangers.get(number)) strangers.set(number, { number, at: ctx.clock.since() })
    })
    return {
      api: {
        numberOf: extension =>
          all().find(({ destination }) => destination.kind === 'extension' && destination.id === extension)?.number,
      },
      phases: {
        route: {
          slot: 'inbound',
          find(look) {
            const { trunk } = look.from
            const found = dialled(all(), { number: inE164(look.dialled, trunk), trunk })
            const word = found?.schedule === undefined ? undefined : ctx.use(schedules).wordOf(found.schedule)
            return found ? wayOf(found, look, word) : ctx.settings.otherwise
          },
        },
      },
      problems: () => [...noneProblem(ctx, all().length), ...strangerProblems(ctx, [...strangers.all().values()])],
    }
  },
})
export default inbound

function noneProblem(ctx: Context<InboundSettings>, count: number): Problem[] {
  const [trunk] = ctx.use(trunks).inService()
  if (trunk === undefined || count > 0 || ctx.settings.otherwise !== undefined) return []
  const text = words['inbound.none'].replace('{trunk}', trunk.name)
  return [
    { code: 'inbound.none', severity: 'info', text, remedy: words['inbound.none.remedy'], link: '/inbound-number' },
  ]
}

function strangerProblems(ctx: Context<InboundSettings>, strangers: readonly Stranger[]): Problem[] {
  if (ctx.settings.otherwise !== undefined) return []
  const recent = strangers.filter(({ at }) => ctx.clock.since() - at < STRANGE_FOR)
  return recent.slice(0, NAMED_AT_MOST).map(({ number }) => ({
    code: `inbound.stranger:${number}`,
    severity: 'warning',
    text: words['inbound.stranger'].replace('{number}', number),
    remedy: words['inbound.stranger.remedy'],
    link: '/inbound-number',
  }))
}
