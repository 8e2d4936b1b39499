// The map on the screens of phones: a small picture by its address, for whoever has the key; nobody is signed in there.
import { createHash, timingSafeEqual } from 'node:crypto'
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Hook, SentFile } from '../../../kernel/feature.ts'
import { PHONE_SIZES } from './settings.ts'

/** Nobody counts wrong keys: it must be too long to be guessed. */
const SHORTEST_KEY = 16

type Keys = Pick<Context<{ readonly phoneKey?: string }>, 'settings' | 'store'>

/** `/api/hooks/map/480x272.png?key=…`: of the gravest live alarm, else of the plant. */
export const phoneHook = (
  ctx: Keys,
  map: (size: { readonly width: number; readonly height: number }) => Promise<SentFile>,
): Hook => ({
  path: 'map',
  about: 'The map for a phone’s screen, a PNG; with the key of phones’ screens.',
  async run({ rest, query }) {
    checkKey(ctx, query.key)
    const size = sizeOf(rest)
    if (size === undefined)
      throw new PbxError('maps.no-such-size', `there is no map “${rest}”: take ${SIZES}`, { status: 404 })
    const [width, height] = size
    return map({ width, height })
  },
})

const SIZES = Object.keys(PHONE_SIZES)
  .map(size => `${size}.png`)
  .join(', ')

const sizeOf = (rest: string) => Object.entries(PHONE_SIZES).find(([size]) => rest === `${size}.png`)?.[1]

/** Throws `maps.no-key`, `maps.wrong-key`. */
function checkKey({ settings, store }: Keys, given: string | undefined): void {
  const kept = settings.phoneKey === undefined ? undefined : store.secret(settings.phoneKey)
  if (kept === undefined || kept.length < SHORTEST_KEY)
    throw new PbxError(
      'maps.no-key',
      `phones are given no map: set the key of phones’ screens in the settings, ${SHORTEST_KEY} letters at least`,
      {
        status: 403,
      },
    )
  if (given === undefined || !timingSafeEqual(digest(given), digest(kept)))
    throw new PbxError('maps.wrong-key', 'the key is not right, or there is none', {
      status: 401,
      fields: { key: 'take the one in the settings of maps' },
    })
}

const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
