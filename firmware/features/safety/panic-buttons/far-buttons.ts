// Buttons that no board reports, put together: their door on the web, their hot lines, their presses, and how they are.
import type { Context, Problem } from '../../../kernel/feature.ts'
import { messages } from '../../paging/messages/feature.ts'
import { registrar } from '../../phones/registrar/feature.ts'
import { locations } from '../../places/locations/feature.ts'
import { isLive, planKind } from '../alarms/feature.ts'
import { farProblems } from './far-problems.ts'
import { HOT_LINE, hotLine, hotLineRoute, watchHotLines } from './hot-line.ts'
import { pressedFar, type Road } from './presses.ts'
import { type RemotePress, RemotePresses } from './remote-presses.ts'
import { buttonKind } from './settings.ts'
import { buttonHook, type Refused } from './web-buttons.ts'
import { words } from './words.en.ts'

/** Opens them; `problems` is for the health page. */
export function farButtons(ctx: Context<never>, road: Road) {
  const heard = ctx.live.collection<{ readonly since: number }>('heard', { keep: 'process' })
  const refused = ctx.live.collection<Refused>('refused', { keep: 'restart' })
  const startedAt = ctx.clock.since()
  const presses = new RemotePresses({
    clock: ctx.clock,
    presses: ctx.live.collection<RemotePress>('press', { keep: 'power' }),
    raise: (button, press, at) => pressedFar(road, { button, press, at }),
    isLive(alarm) {
      const found = road.floor.get(alarm)
      return found !== undefined && isLive(found)
    },
  })
  const hear = (button: string) => {
    heard.set(button, { since: ctx.clock.since() })
    road.uses.set(button, { ...road.uses.get(button), heardAt: ctx.clock.now() })
  }
  const shelf = ctx.use(messages)
  ctx.spawn('prepare what a SIP button is told', shelf.prepareSpoken(words['panic-buttons.confirmed']))
  watchHotLines({ ctx, presses })
  ctx.clock.after(0, () => presses.restore())
  const isSilent = (plan: string) => ctx.store.get(planKind, plan)?.silent === true
  return {
    hooks: [buttonHook({ ctx, presses, refused, heard: hear })],
    route: hotLineRoute(ctx),
    destinations: { [HOT_LINE]: hotLine({ ctx, presses, messages: shelf, isSilent: ({ plan }) => isSilent(plan) }) },
    problems: (): readonly Problem[] =>
      ctx.store.all(buttonKind).flatMap(button => {
        const { device, key } = button
        return farProblems({
          button,
          place: ctx.use(locations).path(button.location),
          silentFor: ctx.clock.since() - (heard.get(button.id)?.since ?? startedAt),
          refused: refused.get(button.id),
          hasKey: key !== undefined && ctx.store.secret(key) !== undefined,
          registered: device === undefined ? undefined : ctx.use(registrar).bindingsOfDevice(device).length > 0,
        })
      }),
  }
}
