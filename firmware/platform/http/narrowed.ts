// The answer to a verb as one person gets it: of a list only the rows of the places where he may look.
import type { Who } from '../../kernel/store.ts'
import type { Thing } from '../../kernel/things.ts'
import type { AnyRoute } from './catalogue.ts'
import type { Rights } from './rights.ts'

/** So many pages of the past are looked through for one that is wanted; the next request goes on. */
const PAGES_LOOKED_THROUGH = 20
const FEW = 50

type Answer = Readonly<Record<string, unknown>>

/** Runs the verb; what the person may not see is left out of its list. */
export async function answerOf(route: AnyRoute, o: { input: unknown; who: Who; rights: Rights }): Promise<unknown> {
  const { input, who, rights } = o
  const answer = await route.run(input, who)
  const { rows } = route
  if (rows === undefined || rights.everywhere(who, route.permission)) return answer
  const about = rows.on as (row: unknown) => readonly Thing[]
  const seen = (page: Answer) =>
    (page[rows.in] as readonly unknown[]).filter(row => rights.sees(who, route.permission, about(row)))
  const wanted = Math.min(FEW, ((input ?? {}) as { limit?: number }).limit ?? FEW)
  let page = answer as Answer
  let kept = seen(page)
  for (let pages = 1; kept.length < wanted && page.next !== undefined && pages < PAGES_LOOKED_THROUGH; pages++) {
    page = (await route.run({ ...(input as object), cursor: page.next }, who)) as Answer
    kept = [...kept, ...seen(page)]
  }
  return { ...page, [rows.in]: kept }
}
