// What is set aside, as problems: each thing by its name, with what is wrong and the way to its remedies.
import type { Problem } from '../../kernel/feature.ts'
import type { SetAside } from '../../kernel/store.ts'
import type { Document } from './document.ts'

/** So many are named one by one; more are counted. */
const NAMED_AT_MOST = 20

/** Everything that is kept but not used. */
export function asideProblems(document: Document): readonly Problem[] {
  const aside = document.setAside().flatMap(({ kind, id }) => document.aside(kind, id) ?? [])
  const strangers = new Map<string, number>()
  for (const { kind } of aside.filter(one => !one.known)) strangers.set(kind, (strangers.get(kind) ?? 0) + 1)
  const broken = aside.filter(one => one.known)
  return [
    ...[...strangers].map(([kind, count]) => strangerProblem(kind, count)),
    ...broken.slice(0, NAMED_AT_MOST).map(one => brokenProblem(one, document.title(one.kind))),
    ...(broken.length > NAMED_AT_MOST ? [uncountedProblem(broken.length - NAMED_AT_MOST)] : []),
  ]
}

const strangerProblem = (kind: string, count: number): Problem => ({
  code: `store.unknown-kind:${kind}`,
  severity: 'info',
  text: `${count} of the kind "${kind}" are kept but not used: no feature of this version knows them.`,
  remedy: 'Nothing, if a feature was taken out on purpose. Else install the version that made them, or delete them.',
  link: '/aside',
})

const brokenProblem = ({ id, label, why }: SetAside, title: string): Problem => ({
  code: `store.set-aside:${id}`,
  severity: 'warning',
  text: `${title} "${label}" is set aside and not used: ${why}.`,
  remedy: 'Mend what is named and save it, take the change back that broke it, or delete it.',
  link: '/aside',
})

const uncountedProblem = (count: number): Problem => ({
  code: 'store.set-aside',
  severity: 'warning',
  text: `${count} more are set aside and not used.`,
  remedy: 'Open the list of what is set aside.',
  link: '/aside',
})
