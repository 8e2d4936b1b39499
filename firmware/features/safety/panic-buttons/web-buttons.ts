// Buttons on the network that send a web request: the right key and a press raise the alarm before anything is kept; the answer
// comes when the press would survive a power cut.
import { TIMED_OUT, within } from '../../../kernel/clock.ts'
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Hook, HookRequest } from '../../../kernel/feature.ts'
import type { LiveCollection } from '../../../kernel/live.ts'
import type { Stored } from '../../../kernel/store.ts'
import { sameKey } from './key.ts'
import type { RemotePresses } from './remote-presses.ts'
import { type Button, buttonKind, type WebKind } from './settings.ts'
import { eventOf, keyOf } from './web-event.ts'

/** What was refused at the door of a button last; until a right request comes. */
export interface Refused {
  /** The code of the refusal. */
  readonly why: string
  /** UTC milliseconds. */
  readonly at: number
}

/** What the door of buttons needs. */
export interface Door {
  readonly ctx: Pick<Context, 'clock' | 'store'>
  readonly presses: RemotePresses
  readonly refused: LiveCollection<Refused>
  heard(button: string): void
}

/** A device that waits for longer asks again by itself. */
const KEEPING_MILLISECONDS = 5000

/** `/api/hooks/button/<id of the button>`. */
export const buttonHook = (door: Door): Hook => ({
  path: 'button',
  about: 'A press, or a sign of life, of a button that sends web requests; with its key.',
  async run(request) {
    const button = theButton(door, request)
    const event = known(door, button, () => eventOf(request, button.web))
    door.refused.delete(button.id)
    door.heard(button.id)
    if (event.what === 'heard') return { heard: true, button: button.name }
    const { alarm, again, kept } = door.presses.take(button.id, event.idempotencyKey)
    await durably(door, kept)
    return { pressed: true, button: button.name, alarm, again }
  },
})

type WebButton = Stored<Button> & { readonly web: WebKind }

/** Throws `panic-buttons.no-such-hook`, `panic-buttons.no-key`, `panic-buttons.wrong-key`. */
function theButton(door: Door, request: HookRequest): WebButton {
  const { store } = door.ctx
  const button = store.get(buttonKind, request.rest)
  if (button?.web === undefined)
    throw new PbxError('panic-buttons.no-such-hook', 'no button listens here: look at the address in the device', {
      status: 404,
    })
  const { web } = button
  return known(door, button, () => {
    const kept = button.key === undefined ? undefined : store.secret(button.key)
    if (kept === undefined)
      throw new PbxError('panic-buttons.no-key', 'this button has no key yet: make one on the page of buttons', {
        status: 403,
      })
    if (!sameKey(keyOf(request), kept))
      throw new PbxError('panic-buttons.wrong-key', 'the key is not right, or there is none: make a new one', {
        status: 401,
        fields: { key: 'send it as bearer token, password, header x-api-key, or field key' },
      })
    return { ...button, web }
  })
}

/** A button that is refused cannot call for help: that is shown, not only answered. */
function known<T>(door: Door, button: Stored<Button>, work: () => T): T {
  try {
    return work()
  } catch (error) {
    if (error instanceof PbxError) door.refused.set(button.id, { why: error.code, at: door.ctx.clock.now() })
    throw error
  }
}

/** Throws `panic-buttons.not-kept`: the alarm runs all the same, and the same request again is the same press. */
async function durably(door: Door, kept: Promise<void>): Promise<void> {
  const outcome = await within(
    door.ctx.clock,
    KEEPING_MILLISECONDS,
    kept.then(() => 'kept' as const),
  ).catch((error: unknown) => error)
  if (outcome === 'kept') return
  throw new PbxError(
    'panic-buttons.not-kept',
    'the alarm was raised, but cannot be kept at this moment: send it again',
    {
      status: 503,
      ...(outcome !== TIMED_OUT && { cause: outcome }),
    },
  )
}
