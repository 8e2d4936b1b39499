// An inbound number: one that people outside dial, and where its calls go.
import { DestinationField, Name, Ref, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

export const InboundNumber = Type.Object({
  number: Type.Unsafe<string>({
    type: 'string',
    pattern: '^\\+[1-9][0-9]{3,14}$',
    'x-unique': true,
    title: 'Number',
    description: 'As the world dials it: +, country code, number. +13135550100.',
  }),
  name: Name({ title: 'Name', unique: false, description: 'What it is for.' }),
  destination: DestinationField({ title: 'Calls go to' }),
  callers: Type.Array(
    Type.Object({
      begins: Type.String({
        title: 'Caller’s number begins with',
        pattern: '^(\\+[0-9]{1,15}|anonymous)$',
        description: '+4989 for all of Munich, a whole number for one caller; anonymous for those who show none.',
      }),
      destination: DestinationField({ title: 'Calls go to' }),
    }),
    {
      title: 'By caller',
      description: 'Other ways for some callers; the longest beginning that fits decides.',
      maxItems: 100,
      default: [],
    },
  ),
  schedule: Type.Optional(
    Ref('schedule', {
      title: 'Schedule',
      description: 'Business hours, shifts, holidays: for other ways at other times.',
    }),
  ),
  times: Type.Array(
    Type.Object({
      word: Type.String({
        title: 'When the schedule is at',
        pattern: '^[a-z][a-z0-9-]{0,19}$',
        description: 'One of its words: closed, night.',
      }),
      destination: DestinationField({ title: 'Calls go to' }),
    }),
    {
      title: 'By time',
      description: 'At other times, and where no line fits, calls go as above. A way by caller comes first.',
      maxItems: 20,
      default: [],
    },
  ),
  trunks: Type.Array(Ref('trunk', { onDelete: 'clear' }), {
    title: 'Only from these trunks',
    description: 'Empty: from any.',
    maxItems: 20,
    default: [],
    'x-advanced': true,
  }),
})
export type InboundNumber = Static<typeof InboundNumber>

/** The resource kind `inbound-number`. */
export const inboundNumberKind: ResourceKind<InboundNumber> = {
  kind: 'inbound-number',
  prefix: 'inb',
  title: ['Inbound number', 'Inbound numbers'],
  schema: InboundNumber,
  label: 'number',
  check: ({ schedule, times }): Record<string, string> =>
    times.length > 0 && schedule === undefined ? { schedule: 'is needed where calls go elsewhere by time' } : {},
}

export const InboundSettings = Type.Object(
  {
    otherwise: Type.Optional(
      DestinationField({
        title: 'Calls to other numbers go to',
        description: 'Numbers that a trunk brings and nobody entered. Empty: such calls are refused.',
        onDelete: 'clear',
      }),
    ),
  },
  { default: {} },
)
export type InboundSettings = Static<typeof InboundSettings>
