// Phones that sound bad now: from when on, how bad, and when that is over.
import type { Problem } from '../../../kernel/feature.ts'
import type { Moment } from './measure.ts'
import type { QualitySettings } from './settings.ts'
import { words } from './words.en.ts'

/** What is wrong with what a phone says or hears. */
export type Fault = 'says-loss' | 'hears-loss' | 'jitter' | 'round-trip' | 'poor'

/** One station, trunk or unknown address: `name` is how a person knows it. */
export interface Trouble {
  readonly name: string
  readonly device?: string
  readonly site?: string
  /** `network` or source address, where nothing better is known. */
  readonly fault: Fault
  /** Percent, milliseconds or MOS: the worst of it. */
  readonly worst: number
  readonly since: number
  readonly lastBad: number
  readonly bad: number
  readonly good: number
}

/** So many bad intervals in a row are a problem: one is a door that was opened. */
const BAD_IN_A_ROW = 3
/** So many good ones end it: one minute of speech. */
const GOOD_IN_A_ROW = 12
/** Nobody knows how a phone sounds that is not used: the problem ends after that. */
export const FORGOTTEN_AFTER = 3_600_000
/** From so many phones of a site on, it is the network and not a phone. */
const SITE_FROM = 3

/** The gravest fault of an interval, and its size. */
export function faultOf(moment: Moment, s: QualitySettings): { fault: Fault; size: number } | undefined {
  const { says, hears, roundTripMilliseconds: roundTrip = 0 } = moment
  const jitter = Math.max(says?.jitterMilliseconds ?? 0, hears?.jitterMilliseconds ?? 0)
  if (hears && hears.lossPercent >= s.lossPercent) return { fault: 'hears-loss', size: hears.lossPercent }
  if (says && says.lossPercent >= s.lossPercent) return { fault: 'says-loss', size: says.lossPercent }
  if (jitter >= s.jitterMilliseconds) return { fault: 'jitter', size: jitter }
  if (roundTrip >= s.roundTripMilliseconds) return { fault: 'round-trip', size: roundTrip }
  const opinion = Math.min(says?.opinion ?? 5, hears?.opinion ?? 5)
  return opinion < s.opinion ? { fault: 'poor', size: opinion } : undefined
}

/** The trouble after this interval; undefined: none any more. */
export function after(
  before: Trouble | undefined,
  found: ReturnType<typeof faultOf>,
  who: Pick<Trouble, 'name' | 'device' | 'site'> & { readonly at: number },
): Trouble | undefined {
  const { at, ...station } = who
  if (found === undefined) {
    if (before === undefined || before.bad < BAD_IN_A_ROW || before.good + 1 >= GOOD_IN_A_ROW) return undefined
    return { ...before, good: before.good + 1 }
  }
  const worse = (a: number, b: number) => (found.fault === 'poor' ? Math.min(a, b) : Math.max(a, b))
  const same = before?.fault === found.fault
  return {
    ...station,
    fault: found.fault,
    worst: same ? worse(before.worst, found.size) : found.size,
    since: before?.since ?? at,
    lastBad: at,
    bad: (before?.bad ?? 0) + 1,
    good: 0,
  }
}

export interface Naming {
  /** Hour and minute as they are at the site. */
  hour(at: number): string
  siteName(site: string): string
}

/** Each bad station, or the site where there are many; the gravest first. */
export function problemsOf(all: readonly (readonly [string, Trouble])[], naming: Naming): readonly Problem[] {
  const standing = all.filter(([, trouble]) => trouble.bad >= BAD_IN_A_ROW)
  const bySite = new Map<string, (readonly [string, Trouble])[]>()
  for (const one of standing) {
    const site = one[1].site ?? ''
    bySite.set(site, [...(bySite.get(site) ?? []), one])
  }
  return [...bySite].flatMap(([site, found]) =>
    site !== '' && found.length >= SITE_FROM
      ? [siteProblem(site, { found, naming })]
      : found.map(([key, trouble]) => stationProblem(key, trouble, naming)),
  )
}

function siteProblem(
  site: string,
  o: { readonly found: readonly (readonly [string, Trouble])[]; readonly naming: Naming },
): Problem {
  const began = Math.min(...o.found.map(([, { since }]) => since))
  const text = words['quality.site-bad']
    .replace('{site}', o.naming.siteName(site))
    .replace('{count}', String(o.found.length))
    .replace('{since}', o.naming.hour(began))
  return {
    code: `quality.site:${site}`,
    severity: 'serious',
    text,
    remedy: words['quality.site-bad.remedy'],
    link: '/quality',
  }
}

function stationProblem(key: string, trouble: Trouble, naming: Naming): Problem {
  const size = trouble.fault === 'poor' ? trouble.worst.toFixed(1) : String(Math.round(trouble.worst))
  const text = words[`quality.${trouble.fault}`]
    .replace('{name}', trouble.name)
    .replace('{size}', size)
    .replace('{since}', naming.hour(trouble.since))
  return {
    code: `quality.station:${key}`,
    severity: 'warning',
    text,
    remedy: words[`quality.${trouble.fault}.remedy`],
    link: '/quality',
  }
}
