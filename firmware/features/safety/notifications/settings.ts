// A notice: a line of text on the screens of people who have to know.
import { Ref, type Static, Type } from '../../../kernel/schema.ts'

const people = (kind: string, title: string) => Type.Optional(Type.Array(Ref(kind), { title, maxItems: 200 }))

/** The parameters of the action `notify`. */
export const NotifyParams = Type.Object({
  text: Type.Optional(
    Type.String({
      title: 'Text',
      maxLength: 300,
      description: '{cause} and {place} are filled in. Empty: both.',
    }),
  ),
  extensions: people('extension', 'Extensions'),
  devices: people('device', 'Devices'),
  screens: Type.Optional(Type.Boolean({ title: 'Show it on screens of the box', default: true })),
})
export type NotifyParams = Static<typeof NotifyParams>
