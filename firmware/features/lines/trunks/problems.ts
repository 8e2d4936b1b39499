// What is wrong with trunks, and what to do.
import type { PeerDoubt } from '../../../kernel/call/sip-port.ts'
import type { Context, Problem } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { networksOf, type SpotsOf } from './caller.ts'
import { type Connections, sentence } from './connections.ts'
import type { DialParts } from './dial.ts'
import type { Health, Verdict } from './health.ts'
import { carriesHelp } from './help.ts'
import { questionOf } from './next-hop.ts'
import type { Trunk } from './settings.ts'
import type { TrunkWatch } from './watch.ts'
import type { Whereabouts } from './whereabouts.ts'
import { words } from './words.en.ts'

const SEVERITY: Readonly<Record<Health, Problem['severity'] | undefined>> = {
  healthy: undefined,
  // One call that was not taken is seen on the page; it is nobody's errand yet.
  warning: undefined,
  degraded: 'warning',
  critical: 'serious',
  down: 'serious',
}

export function problemsOf(
  { ctx, watch, addresses }: Pick<DialParts, 'ctx' | 'watch' | 'addresses'>,
  trunks: readonly Stored<Trunk>[],
  { whereabouts, connections }: { readonly whereabouts: Whereabouts; readonly connections: Connections },
): readonly Problem[] {
  const inService = trunks.filter(trunk => trunk.inService)
  return [
    ...inService.flatMap(trunk => healthProblem(trunk, watch)),
    ...inService.flatMap(trunk => secretProblem(ctx, trunk)),
    ...inService.flatMap(trunk => nameProblem(trunk, whereabouts)),
    ...inService.flatMap(trunk => connectionProblem(trunk, connections)),
    ...sharedAddresses(inService, trunk => addresses.all(trunk)),
    ...(inService.length > 0 && !inService.some(carriesHelp) ? [NO_HELP] : []),
    ...inService.flatMap(helpNumberProblem),
  ]
}

/** Whoever sets up a line to the outside expects otherwise. */
const NO_HELP: Problem = {
  code: 'trunks.no-help',
  severity: 'warning',
  text: words['trunks.no-help'],
  remedy: words['trunks.no-help.remedy'],
  link: '/trunk',
}

/** The emergency services look up the address of the number that they see. */
function helpNumberProblem(trunk: Stored<Trunk>): Problem[] {
  if (!carriesHelp(trunk) || trunk.helpNumber !== undefined || trunk.callerNumber !== undefined) return []
  const text = words['trunks.help-unnumbered'].replace('{name}', trunk.name)
  const remedy = words['trunks.help-unnumbered.remedy']
  return [{ code: `trunks.help-unnumbered:${trunk.id}`, severity: 'warning', text, remedy, link: `/trunk/${trunk.id}` }]
}

function healthProblem(trunk: Stored<Trunk>, watch: TrunkWatch): Problem[] {
  const verdict = watch.verdictOf(trunk.id)
  const severity = SEVERITY[verdict.health]
  if (severity === undefined) return []
  const why = verdict.why ?? whyOf(verdict, watch.lastFailureOf(trunk.id) ?? '')
  const text = words['trunks.problem'].replace('{name}', trunk.name).replace('{health}', verdict.health)
  return [
    {
      code: `trunks.health:${trunk.id}`,
      severity,
      text: text.replace('{why}', why),
      remedy: words['trunks.problem.remedy'].replace('{host}', questionOf(trunk).host),
      link: '/trunks',
    },
  ]
}

function whyOf({ failures, rate = 1, took = 0 }: Verdict, last: string): string {
  if (failures >= 3) return words['trunks.problem.row'].replace('{count}', String(failures)).replace('{last}', last)
  if (rate < 0.8)
    return words['trunks.problem.rate'].replace('{percent}', String(Math.round(rate * 100))).replace('{last}', last)
  return words['trunks.problem.slow'].replace('{seconds}', (took / 1000).toFixed(1))
}

function secretProblem(ctx: Context, { id, name, secret }: Stored<Trunk>): Problem[] {
  if (secret === undefined || ctx.store.secret(secret) !== undefined) return []
  const text = words['trunks.no-secret'].replace('{name}', name)
  return [
    {
      code: `trunks.no-secret:${id}`,
      severity: 'serious',
      text,
      remedy: words['trunks.no-secret.remedy'],
      link: `/trunk/${id}`,
    },
  ]
}

/** A name that leads nowhere, or to addresses that may have changed since. */
function nameProblem(trunk: Stored<Trunk>, whereabouts: Whereabouts): Problem[] {
  const { state, why = '' } = whereabouts.stateOf(trunk)
  if (state !== 'unknown' && state !== 'stale') return []
  const fill = (text: string) =>
    text.replace('{name}', trunk.name).replaceAll('{host}', questionOf(trunk).host).replace('{why}', why)
  return [
    {
      code: `trunks.name-${state}:${trunk.id}`,
      severity: state === 'unknown' ? 'serious' : 'warning',
      text: fill(words[`trunks.name-${state}`]),
      remedy: fill(words['trunks.name.remedy']),
      link: `/trunk/${trunk.id}`,
      // No call can go there: that it is down is the same trouble.
      ...(state === 'unknown' && { covers: [`trunks.health:${trunk.id}`] }),
    },
  ]
}

/** Nobody at the addresses of a trunk is who he is to be, or nobody is there at all. */
function connectionProblem(trunk: Stored<Trunk>, connections: Connections): Problem[] {
  const away = connections.awayOf(trunk)
  if (away === undefined) return []
  const remedy = words[REMEDIES[away.why] ?? 'trunks.connection.remedy']
  return [
    {
      code: `trunks.connection:${trunk.id}`,
      severity: 'serious',
      text: words['trunks.connection'].replace('{name}', trunk.name).replace('{why}', sentence(away)),
      remedy: remedy.replace('{host}', questionOf(trunk).host),
      link: `/trunk/${trunk.id}`,
      covers: [`trunks.health:${trunk.id}`],
    },
  ]
}

/** What to do about it, where it is something of its own. */
const REMEDIES: Partial<Readonly<Record<PeerDoubt, keyof typeof words>>> = {
  expired: 'trunks.connection.remedy.clock',
  'not-yet-valid': 'trunks.connection.remedy.clock',
  'unknown-authority': 'trunks.connection.remedy.authority',
  'other-name': 'trunks.connection.remedy.name',
  'other-certificate': 'trunks.connection.remedy.pin',
  refused: 'trunks.connection.remedy.refused',
}

function sharedAddresses(trunks: readonly Stored<Trunk>[], spotsOf: SpotsOf): Problem[] {
  const claims = trunks.flatMap(trunk => networksOf(trunk, spotsOf).map(({ prefix }) => ({ trunk, prefix })))
  return claims.flatMap(({ trunk, prefix }, at): Problem[] => {
    const first = claims.slice(0, at).find(other => other.prefix === prefix && other.trunk.id !== trunk.id)
    if (!first) return []
    const text = words['trunks.shared-address']
      .replaceAll('{name}', first.trunk.name)
      .replace('{other}', trunk.name)
      .replace('{network}', prefix)
    const remedy = words['trunks.shared-address.remedy']
    return [
      { code: `trunks.shared-address:${trunk.id}`, severity: 'warning', text, remedy, link: `/trunk/${trunk.id}` },
    ]
  })
}
