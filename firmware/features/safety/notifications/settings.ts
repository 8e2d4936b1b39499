// A notice: what people have to know of an alarm or a call for help, and the people who are told one after the other.
import { Name, Ref, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'
import { ADDRESS } from './mail-server.ts'

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
  contacts: Type.Optional(
    Type.Array(Ref('contact'), {
      title: 'Contacts, in this order',
      maxItems: 5,
      description: 'The first is told by every way that he has; who does not answer is followed by the next.',
    }),
  ),
  screens: Type.Optional(Type.Boolean({ title: 'Show it on screens of the box', default: true })),
})
export type NotifyParams = Static<typeof NotifyParams>

/** A person or a post that is told of calls for help and alarms. */
export const Contact = Type.Object({
  name: Name({ title: 'Name', description: 'A person or a post: Gate, Safety officer, Shift lead.' }),
  devices: Type.Array(Ref('device', { onDelete: 'clear' }), {
    title: 'Phones that show a text',
    description: 'Each shows a line of text.',
    maxItems: 10,
    default: [],
  }),
  extension: Type.Optional(
    Ref('extension', {
      title: 'Is called at',
      description: 'The box calls and says the text until somebody presses 1. Only who presses 1 counts as told.',
      onDelete: 'clear',
    }),
  ),
  zone: Type.Optional(
    Ref('zone', { title: 'Is spoken to in', description: 'The text is announced there.', onDelete: 'clear' }),
  ),
  mail: Type.Optional(
    Type.String({
      title: 'Mail',
      pattern: ADDRESS,
      maxLength: 200,
      description: 'Taken by the mail server that is entered; nobody knows when it is read. Not in drills.',
    }),
  ),
  mobile: Type.Optional(
    Type.String({
      title: 'Text to mobile phone',
      pattern: '^\\+[1-9][0-9]{5,14}$',
      description: 'Such as +13135550100, through the text gateway that is entered. Not in drills.',
    }),
  ),
})
export type Contact = Static<typeof Contact>

const NO_WAY = 'name at least one way: phones that show a text, an extension to call, a zone, mail or a mobile phone'

/** The resource kind `contact`. */
export const contactKind: ResourceKind<Contact> = {
  kind: 'contact',
  prefix: 'con',
  title: ['Contact', 'Contacts'],
  schema: Contact,
  label: 'name',
  check: ({ devices, ...ways }): Record<string, string> =>
    devices.length === 0 && [ways.extension, ways.zone, ways.mail, ways.mobile].every(way => way === undefined)
      ? { devices: NO_WAY }
      : {},
}
