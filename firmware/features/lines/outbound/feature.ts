// Outbound rules: which dialled numbers leave the plant, by which trunk, and who may.
import type { Leg, Next } from '../../../kernel/call/call.types.ts'
import { type Context, feature, type Problem } from '../../../kernel/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { sites } from '../../places/sites/feature.ts'
import { inbound } from '../inbound/feature.ts'
import { trunks } from '../trunks/feature.ts'
import { isToll, payerOf, refusal, rightsOf } from './rights.ts'
import { type WayOut, wayOut } from './route-out.ts'
import { callingRightsKind, type OutboundSettings, outboundRuleKind, OutboundSettings as Settings } from './settings.ts'
import { TollCalls } from './toll.ts'
import { words } from './words.en.ts'

export { type CallingRights, callingRightsKind, type OutboundRule, outboundRuleKind } from './settings.ts'

export const outbound = feature<OutboundSettings, undefined>({
  name: 'outbound',
  about: 'Which numbers can be called outside, by which trunk, and by whom.',
  optional: true,
  needs: [sites, extensions, trunks, inbound],
  settings: Settings,
  resources: [outboundRuleKind, callingRightsKind],
  permissions: { 'outbound.view': words['outbound.view'], 'outbound.manage': words['outbound.manage'] },
  words: { en: words },
  start(ctx) {
    const toll = new TollCalls(ctx)
    const way = (dialled: string, site: string | undefined) => {
      // Emergency numbers have a way of their own, which nothing here may stand in.
      if (ctx.store.reserves(dialled) || ctx.store.owner(dialled)) return undefined
      const country = ctx.use(sites).of(site)?.country ?? 'US'
      return wayOut(ctx.store.all(outboundRuleKind), { dialled, country })
    }
    return {
      destinations: {
        outside: {
          title: words['outbound.destination'],
          async run(caller, dialled, _, options): Promise<Next> {
            const payer = payerOf(ctx, caller, options)
            const found = way(dialled, payer.site)
            return found ? callOutside(ctx, toll, { caller, found, extension: payer.extension }) : { end: 'not-found' }
          },
          choices: () => [],
          label: ({ id }) => labelOf(ctx, way(id, undefined)),
        },
      },
      phases: {
        admit({ from, dialled }) {
          const found = from.trust === 'trunk' ? undefined : way(dialled, from.site)
          return found && refusal(rightsOf(ctx, from.extension), found.number, toll.of(from.extension))
        },
        route: {
          slot: 'outbound',
          find: ({ dialled, from }) => (way(dialled, from.site) ? { kind: 'outside', id: dialled } : undefined),
        },
      },
      problems: () => problemsOf(ctx),
    }
  },
})
export default outbound

async function callOutside(
  ctx: Context<OutboundSettings>,
  toll: TollCalls,
  o: { readonly caller: Leg; readonly found: WayOut; readonly extension: string | undefined },
): Promise<Next> {
  const { caller, found, extension } = o
  const { rule, number, asSent } = found
  const shown = rule.shown ?? (extension === undefined ? undefined : ctx.use(inbound).numberOf(extension))
  caller.call.note({ outboundRule: rule.name, number: number.e164 ?? number.dialled })
  if (isToll(number)) toll.began(caller.call.id, extension)
  const outcome = await ctx.use(trunks).dial(caller, {
    number,
    trunks: rule.trunks,
    withheld: rule.withheld,
    outsideOf: one => ctx.use(inbound).numberOf(one),
    patienceSeconds: ctx.settings.ringSeconds,
    ...(asSent !== undefined && { asSent }),
    ...(shown !== undefined && { shown }),
  })
  if ('cause' in outcome) {
    toll.ended(caller.call.id)
    return { end: outcome.cause }
  }
  toll.answered(caller.call.id, rightsOf(ctx, extension).tollMinutes)
  const bridge = await caller.call.connect(caller, outcome)
  return { end: await bridge.ended }
}

function labelOf(ctx: Context, found: WayOut | undefined): string | undefined {
  if (!found) return undefined
  const { rule, number } = found
  const names = ctx
    .use(trunks)
    .inService()
    .filter(({ id }) => rule.trunks.includes(id))
    .map(({ name }) => name)
  return words['outbound.label']
    .replace('{number}', number.e164 ?? number.dialled)
    .replace('{rule}', rule.name)
    .replace('{trunks}', names.join(', ') || words['outbound.any-trunk'])
}

function problemsOf(ctx: Context): Problem[] {
  const open = ctx.use(trunks).inService()
  const rules = ctx.store.all(outboundRuleKind)
  const [trunk] = open
  if (!rules.length && trunk !== undefined) {
    const text = words['outbound.none'].replace('{trunk}', trunk.name)
    return [
      { code: 'outbound.none', severity: 'info', text, remedy: words['outbound.none.remedy'], link: '/outbound-rule' },
    ]
  }
  const lost = rules.filter(rule => !open.some(({ id }) => !rule.trunks.length || rule.trunks.includes(id)))
  return lost.map(({ id, name }) => ({
    code: `outbound.no-trunk:${id}`,
    severity: 'warning',
    text: words['outbound.no-trunk'].replace('{rule}', name),
    remedy: words['outbound.no-trunk.remedy'],
    link: `/outbound-rule/${id}`,
  }))
}
