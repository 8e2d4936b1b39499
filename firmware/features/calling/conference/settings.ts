// A conference: a room with a number, which callers enter and leave as they like.
import { DialNumber, Name, Secret, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

export const Conference = Type.Object({
  name: Name({ title: 'Name' }),
  number: DialNumber({ title: 'Number' }),
  pin: Type.Optional(
    Secret({ title: 'PIN', description: 'Digits that callers type to enter. Empty: everyone may enter.' }),
  ),
  most: Type.Integer({ title: 'Participants at most', minimum: 2, maximum: 100, default: 30 }),
  tone: Type.Boolean({
    title: 'Tone when somebody enters',
    description: 'Heard by everyone in the room.',
    default: true,
  }),
})
export type Conference = Static<typeof Conference>

/** The resource kind `conference`; its number leads to the destination of the same name. */
export const conferenceKind: ResourceKind<Conference> = {
  kind: 'conference',
  prefix: 'cnf',
  title: ['Conference', 'Conferences'],
  schema: Conference,
  label: 'name',
}
