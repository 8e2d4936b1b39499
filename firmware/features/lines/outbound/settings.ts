// What goes out: rules that say which dialled numbers leave the plant and how, and what an extension may dial.
import { Name, Ref, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

/** What a call costs, roughly; the same words as of outside numbers. */
export const CLASSES = ['national', 'toll-free', 'service', 'international', 'premium'] as const

const PATTERN = '^\\+?([0-9XZN*#]|\\[[0-9]+(-[0-9])?\\])+\\.?$|^\\.$'
const patterns = (title: string, description: string) =>
  Type.Array(Type.String({ pattern: PATTERN, maxLength: 40 }), { title, description, maxItems: 100, default: [] })
const classes = (title: string, description: string, among: readonly (typeof CLASSES)[number][]) =>
  Type.Array(Type.Enum(CLASSES), { title, description, uniqueItems: true, default: [...among] })

export const OutboundRule = Type.Object({
  name: Name({ title: 'Name' }),
  order: Type.Integer({
    title: 'Order',
    minimum: 1,
    maximum: 1000,
    default: 100,
    description: 'Rules are tried from the lowest number on; the first that fits decides.',
  }),
  prefix: Type.String({
    title: 'Dialled first',
    pattern: '^[0-9*#]{0,6}$',
    default: '9',
    description: 'For an outside line; it is not sent. Numbers that begin with + need none. Empty: no prefix.',
  }),
  kinds: classes('Kinds of numbers', 'Which numbers this rule carries.', [...CLASSES]),
  patterns: patterns(
    'Only numbers like',
    'Empty: all. X is any digit, Z 1 to 9, N 2 to 9, [1-5] one of these, a dot at the end whatever follows. As dialled behind the prefix, or with + and country code.',
  ),
  strip: Type.Integer({
    title: 'Digits taken away',
    minimum: 0,
    maximum: 20,
    default: 0,
    description: 'From the beginning of what is dialled behind the prefix, before it is sent.',
    'x-advanced': true,
  }),
  prepend: Type.String({
    title: 'Digits put in front',
    pattern: '^\\+?[0-9*#]{0,20}$',
    default: '',
    description: 'Where digits are taken away or put in front, the number is sent so, whatever the trunk’s usual form.',
    'x-advanced': true,
  }),
  trunks: Type.Array(Ref('trunk', { onDelete: 'clear' }), {
    title: 'Trunks',
    description: 'Empty: all, by their priority.',
    maxItems: 20,
    default: [],
  }),
  shown: Type.Optional(
    Type.String({
      title: 'Number shown',
      pattern: '^\\+[1-9][0-9]{3,14}$',
      description: 'Empty: the extension’s own inbound number, else that of the trunk.',
    }),
  ),
  withheld: Type.Boolean({ title: 'Show no number', default: false, 'x-advanced': true }),
})
export type OutboundRule = Static<typeof OutboundRule>

/** The resource kind `outbound-rule`. */
export const outboundRuleKind: ResourceKind<OutboundRule> = {
  kind: 'outbound-rule',
  prefix: 'obr',
  title: ['Outbound rule', 'Outbound rules'],
  schema: OutboundRule,
  label: 'name',
}

export const CallingRights = Type.Object({
  name: Name({ title: 'Name', description: 'Of a group of people: office, hall, management.' }),
  kinds: classes('May call', 'Calls for help are always allowed.', ['national', 'toll-free', 'service']),
  blocked: patterns('But not numbers like', 'Written as in outbound rules.'),
  tollMinutes: Type.Integer({
    title: 'Longest toll call',
    minimum: 0,
    maximum: 1440,
    default: 0,
    'x-unit': 'min',
    description: 'International and premium calls are ended after so long. 0: never.',
  }),
  tollCalls: Type.Integer({
    title: 'Toll calls at once',
    minimum: 0,
    maximum: 100,
    default: 2,
    description: 'International and premium calls of one extension. 0: any number.',
  }),
})
export type CallingRights = Static<typeof CallingRights>

/** The resource kind `calling-rights`. */
export const callingRightsKind: ResourceKind<CallingRights> = {
  kind: 'calling-rights',
  prefix: 'rgt',
  title: ['Calling rights', 'Calling rights'],
  schema: CallingRights,
  label: 'name',
}

export const OutboundSettings = Type.Object(
  {
    rights: Type.Optional(
      Ref('calling-rights', {
        title: 'Calling rights of everybody else',
        onDelete: 'clear',
        description:
          'Of extensions that have none of their own. Empty: numbers in the country, toll-free and short ones.',
      }),
    ),
    ringSeconds: Type.Integer({ title: 'Ring outside for', minimum: 10, maximum: 300, default: 90, 'x-unit': 's' }),
  },
  { default: {} },
)
export type OutboundSettings = Static<typeof OutboundSettings>
