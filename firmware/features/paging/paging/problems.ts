// What is wrong with announcements under way: who does not get them, and whose turn does not come.
import type { Delivery, RunningPage } from '../../../kernel/call/call.types.ts'
import type { Problem } from '../../../kernel/feature.ts'
import type { Stage } from './announcer.ts'
import { words } from './words.en.ts'

/** So long an alarm's announcement may wait for an endpoint before people are told; milliseconds. */
const WAIT_MILLISECONDS = 3000

/** The problems of this feature. */
export const problemsOf = (stage: Stage): Problem[] =>
  stage.ctx.calls.pages().flatMap(page => [...missed(stage, page), ...waiting(stage, page)])

function missed(stage: Stage, page: RunningPage): Problem[] {
  const all = page.deliveries()
  const count = all.filter(one => one.state === 'failed' || one.state === 'busy').length
  if (count === 0) return []
  const text = words['paging.missed']
    .replace('{zone}', zoneOf(stage, page))
    .replace('{count}', String(count))
    .replace('{all}', String(all.length))
  const remedy = words['paging.missed.remedy']
  return [{ code: `paging.missed:${page.id}`, severity: 'warning', text, remedy, link: '/paging' }]
}

/** An alarm that is not heard yet because something else speaks. */
function waiting(stage: Stage, page: RunningPage): Problem[] {
  const { ctx, kept } = stage
  const why = kept.get(page.id)?.why
  if (why?.alarm === undefined) return []
  const all = page.deliveries()
  const late = all.filter(
    ({ state, waitingSince }) =>
      state === 'dropped' && waitingSince !== undefined && ctx.clock.since() - waitingSince >= WAIT_MILLISECONDS,
  )
  const [first] = late
  if (first === undefined) return []
  const longest = Math.max(...late.map(({ waitingSince = 0 }) => ctx.clock.since() - waitingSince))
  const text = words['paging.waiting']
    .replace('{cause}', why.cause)
    .replace('{zone}', zoneOf(stage, page))
    .replace('{count}', String(late.length))
    .replace('{all}', String(all.length))
    .replace('{seconds}', String(Math.floor(longest / 1000)))
    .replace('{first}', first.label)
    .replace('{other}', speakerOn(stage, first.key))
  const severity = why.drill ? 'warning' : 'serious'
  return [
    { code: `paging.waiting:${page.id}`, severity, text, remedy: words['paging.waiting.remedy'], link: '/paging' },
  ]
}

/** Why whoever speaks on this endpoint does. */
function speakerOn({ ctx, kept }: Stage, endpoint: string): string {
  const speaks = ({ key, state }: Delivery) => key === endpoint && state === 'answered'
  const other = ctx.calls.pages().find(page => page.deliveries().some(speaks))
  return (other && kept.get(other.id)?.why.cause) ?? words['paging.waiting.unknown']
}

const zoneOf = ({ kept }: Stage, page: RunningPage): string => kept.get(page.id)?.zoneName ?? ''
