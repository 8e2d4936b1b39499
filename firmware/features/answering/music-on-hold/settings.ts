// Which music those on hold hear.
import { Ref, type Static, Type } from '../../../kernel/schema.ts'

const music = () =>
  Type.Optional(
    Ref('message', {
      title: 'Music',
      description: 'A message with a recording, played round and round. Empty: the music of the box.',
      onDelete: 'clear',
    }),
  )

export const MusicOnHoldSettings = Type.Object(
  {
    play: Type.Boolean({ title: 'Play music', description: 'Otherwise those on hold hear silence.', default: true }),
    message: music(),
    sites: Type.Array(
      Type.Object({
        site: Ref('site', { title: 'Site', description: 'Where the one stands who holds the call.', onDelete: 'with' }),
        play: Type.Boolean({ title: 'Play music', default: true }),
        message: music(),
      }),
      { title: 'Other music at a site', maxItems: 100, default: [] },
    ),
  },
  { default: {} },
)
export type MusicOnHoldSettings = Static<typeof MusicOnHoldSettings>
