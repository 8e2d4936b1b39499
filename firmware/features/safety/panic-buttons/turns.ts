// Whose turn it is: at each site the button that was not tested for the longest time; never the one that was tried last.
import type { Stored } from '../../../kernel/store.ts'
import type { Use } from './problems.ts'
import type { Button } from './settings.ts'

/** A button where it stands. */
export interface Placed {
  readonly button: Stored<Button>
  readonly site: string
}

/** The next test of a site. */
export interface Turn {
  readonly site: string
  readonly button: Stored<Button>
  /** When it is due, UTC milliseconds; none: it was never tested, or tests are not asked for. */
  readonly dueAt?: number
}

const DAY = 86_400_000

/** One for each site, in the order in which they are due. */
export function turnsOf(
  placed: readonly Placed[],
  o: { useOf(button: string): Use | undefined; testEveryDays: number },
): readonly Turn[] {
  const sites = [...new Set(placed.map(({ site }) => site))]
  return sites
    .flatMap((site): readonly Turn[] => {
      const button = nextOf(
        placed.filter(one => one.site === site).map(one => one.button),
        o.useOf,
      )
      if (button === undefined) return []
      const testedAt = o.useOf(button.id)?.testedAt
      const dueAt = testedAt === undefined || o.testEveryDays === 0 ? {} : { dueAt: testedAt + o.testEveryDays * DAY }
      return [{ site, button, ...dueAt }]
    })
    .sort((a, b) => (a.dueAt ?? 0) - (b.dueAt ?? 0))
}

/** 29 CFR 1910.165(d)(2): no device is used for two tests one after the other, where there is another. */
function nextOf(
  buttons: readonly Stored<Button>[],
  useOf: (button: string) => Use | undefined,
): Stored<Button> | undefined {
  const tried = (button: Stored<Button>) => useOf(button.id)?.triedAt ?? useOf(button.id)?.testedAt ?? 0
  const latest = Math.max(...buttons.map(tried))
  const others = buttons.filter(button => latest === 0 || tried(button) < latest)
  const tested = (button: Stored<Button>) => useOf(button.id)?.testedAt ?? 0
  return [...(others.length > 0 ? others : buttons)].sort(
    (a, b) => tested(a) - tested(b) || tried(a) - tried(b) || a.name.localeCompare(b.name, 'en', { numeric: true }),
  )[0]
}
