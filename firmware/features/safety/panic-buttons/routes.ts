// Verbs of buttons: how each stands, and the keys of those that send web requests.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Route } from '../../../kernel/feature.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import { type Alarms, isLive } from '../alarms/feature.ts'
import { newKey } from './key.ts'
import { lampTest } from './lamp-test.ts'
import type { Use } from './problems.ts'
import { ButtonInput, buttonKind } from './settings.ts'
import { openWindow } from './test-routes.ts'
import type { TestWindow } from './test-windows.ts'

/** The routes of this feature. */
export function routesOf(
  ctx: Context<never>,
  o: { uses: LiveCollection<Use>; windows: LiveCollection<TestWindow>; alarms: Alarms },
): Route<never, unknown>[] {
  const state: Route<Record<string, never>, unknown> = {
    method: 'GET',
    path: 'panic-buttons/state',
    about: 'Every button: its contacts now, the alarm it is part of, last press and last test.',
    permission: 'panic-buttons.view',
    rows: { in: 'buttons', on: ({ id }: { readonly id: string }) => [{ kind: 'button', id }] },
    run: () => ({
      buttons: ctx.store.all(buttonKind).map(({ key, ...button }) => ({
        ...button,
        hasKey: key !== undefined,
        // What a board said before it went away is not how its contacts stand now.
        contacts: button.inputs.map(
          input =>
            (ctx.board.connected ? ctx.board.inputs().find(one => one.input === input) : undefined) ?? {
              input,
              state: 'unknown',
            },
        ),
        alarm: o.alarms.all().find(alarm => isLive(alarm) && alarm.presses.some(one => one.button === button.id))?.id,
        ...o.uses.get(button.id),
        window: openWindow(o.windows.get(button.id), ctx.clock.now()),
      })),
    }),
  }
  return [state, keyRoute(ctx), lampTest(ctx, o.alarms)] as Route<never, unknown>[]
}

const keyRoute = (ctx: Context<never>): Route<ButtonInput, { key: string; path: string }> => ({
  method: 'POST',
  path: 'panic-buttons/key',
  about: 'Makes a new key for a button that sends web requests; it is answered this once, and the former one is void.',
  permission: 'panic-buttons.manage',
  input: ButtonInput,
  async run({ button }, who) {
    const found = ctx.store.get(buttonKind, button)
    if (found === undefined) throw new PbxError('panic-buttons.not-found', 'there is no such button', { status: 404 })
    const { id, rev, key: _, ...value } = found
    if (value.web === undefined)
      throw new PbxError('panic-buttons.no-web', 'this button sends no web requests: say whose it sends first', {
        status: 409,
        fields: { web: 'choose webhook, CyberData or Algo' },
      })
    const key = newKey()
    await ctx.store.change({
      why: `New key for the button “${found.name}”`,
      author: who,
      ops: [{ op: 'put', kind: buttonKind.kind, id, rev, value, secrets: { key } }],
    })
    return { key, path: `/api/hooks/button/${id}?key=${key}` }
  },
})
