// Buttons that call: whatever such a device dials is a press, at the INVITE; then its caller is connected, or told that help was called.
import type { DestinationKind, Leg, Phases } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { Messages } from '../../paging/messages/feature.ts'
import type { RemotePresses } from './remote-presses.ts'
import { type Button, buttonKind } from './settings.ts'
import { words } from './words.en.ts'

/** What hot lines need. */
export interface HotLines {
  readonly ctx: Pick<Context, 'store' | 'on' | 'spawn'>
  readonly presses: RemotePresses
  readonly messages: Messages
  /** Whether the plan of a button must not be heard where it is pressed. */
  isSilent(button: Button): boolean
}

/** The kind of destination that the calls of buttons go to. */
export const HOT_LINE = 'panic-button'

/** Raises the alarm as soon as a call began, before it is admitted, routed or answered. */
export function watchHotLines({ ctx, presses }: Pick<HotLines, 'ctx' | 'presses'>): void {
  ctx.on('call.began', ({ call, from }) => {
    const button = buttonOf(ctx, from.device)
    if (button !== undefined) ctx.spawn('keep a press', presses.take(button.id, call).kept)
  })
}

/** Asked before the number plan: a button calls nobody but its own. */
export const hotLineRoute = (ctx: Pick<Context, 'store'>): NonNullable<Phases['route']> => ({
  slot: 'hot-line',
  find(look) {
    const button = buttonOf(ctx, look.from.device)
    return button && { kind: HOT_LINE, id: button.id }
  },
})

/** Connects the caller, or tells him. Raised again it is the same press: nothing depends on who saw the call first. */
export const hotLine = (board: HotLines): DestinationKind => ({
  title: words['panic-buttons.destination'],
  async run(caller, id) {
    const button = board.ctx.store.get(buttonKind, id)
    if (button === undefined) return { end: 'not-found' }
    board.ctx.spawn('keep a press', board.presses.take(id, caller.call.id).kept)
    if (button.answering !== undefined) return { goto: button.answering }
    await caller.answer()
    // Where nobody may know that help was called, the line is silent.
    if (!board.isSilent(button)) await confirm(board, caller)
    return { end: 'answered' }
  },
  choices: () => [],
})

async function confirm({ messages }: Pick<HotLines, 'messages'>, caller: Leg): Promise<void> {
  const sounds = [messages.toneOf('chime'), messages.spokenOf(words['panic-buttons.confirmed'])]
  for (const sound of sounds) if (sound !== undefined) await caller.play(sound.sound)
}

const buttonOf = (ctx: Pick<Context, 'store'>, device: string | undefined): Stored<Button> | undefined =>
  device === undefined ? undefined : ctx.store.all(buttonKind).find(one => one.device === device)
