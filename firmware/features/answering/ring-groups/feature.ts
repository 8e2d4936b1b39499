// Ring groups: a number that rings several extensions, at once or one after another.
import type { Bookmark, Leg, Next } from '../../../kernel/call/call.types.ts'
import { type Context, feature, type Problem } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { messages } from '../../paging/messages/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { watchIdleness } from './idleness.ts'
import { serve } from './ringing.ts'
import { type RingGroup, ringGroupKind } from './settings.ts'
import { turnsOf } from './turns.ts'
import { words } from './words.en.ts'

export { type RingGroup, ringGroupKind } from './settings.ts'

/** Who was rung first last time, per group. */
interface Turn {
  readonly first: string
}

export const ringGroups = feature<unknown, undefined>({
  name: 'ring-groups',
  about: 'Numbers that ring several extensions, at once or one after another.',
  optional: true,
  needs: [extensions, messages],
  resources: [ringGroupKind],
  permissions: {
    'ring-groups.view': words['ring-groups.view'],
    'ring-groups.manage': words['ring-groups.manage'],
  },
  words: { en: words },
  start(ctx) {
    const turns = ctx.live.collection<Turn>('turn', { keep: 'power' })
    const lastCallOf = watchIdleness(ctx)
    const order = (group: Stored<RingGroup>): readonly string[] => {
      const { order, members } = group
      const now = turnsOf({ order, members, first: turns.get(group.id)?.first, lastCallOf })
      const [first] = now
      if (order === 'round-robin' && first !== undefined) turns.set(group.id, { first })
      return now
    }
    return {
      destinations: {
        'ring-group': {
          title: words['ring-groups.destination'],
          async run(caller: Leg, id: string, bookmark?: Bookmark): Promise<Next> {
            const group = ctx.store.get(ringGroupKind, id)
            if (!group) return { end: 'not-found' }
            // Who is entered again after a restart keeps his place, and takes nobody's turn.
            return serve(ctx, { caller, group, bookmark, turns: bookmark ? group.members : order(group) })
          },
          choices: () =>
            ctx.store.all(ringGroupKind).map(({ id, number, name }) => ({ id, label: `${number} ${name}` })),
        },
      },
      apply() {
        for (const id of turns.all().keys()) if (!ctx.store.get(ringGroupKind, id)) turns.delete(id)
      },
      problems: () => problemsOf(ctx),
    }
  },
})
export default ringGroups

function problemsOf(ctx: Context): Problem[] {
  return ctx.store.all(ringGroupKind).flatMap((group): Problem[] => {
    const { id, name, number, members } = group
    const problem = (what: 'empty' | 'no-phone', severity: Problem['severity']): Problem => ({
      code: `ring-groups.${what}:${id}`,
      severity,
      text: words[`ring-groups.${what}`].replace('{name}', name).replace('{number}', number),
      remedy: words[`ring-groups.${what}.remedy`],
      link: `/ring-group/${id}`,
    })
    if (!members.length) return [problem('empty', 'info')]
    return members.some(member => ctx.use(extensions).targets(member).length) ? [] : [problem('no-phone', 'warning')]
  })
}
