// Forwarding: where calls to an extension go when it is busy, unanswered or away; as the administrator decided, and as its people switch.
import { DestinationField, Name, Ref, Seconds, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

/** When a call is forwarded; the words of the extensions. */
export const WHENS = ['always', 'busy', 'no-answer', 'unregistered'] as const
export type When = (typeof WHENS)[number]

const where = (title: string, description: string) =>
  Type.Optional(DestinationField({ title, description, onDelete: 'clear' }))

export const ForwardRule = Type.Object({
  name: Name({ title: 'Name' }),
  extensions: Type.Array(Ref('extension', { onDelete: 'clear' }), {
    title: 'Extensions',
    description: 'Whose calls go on. What people switch at their own extension comes before this rule.',
    maxItems: 500,
    uniqueItems: true,
    default: [],
  }),
  busy: where('When busy', 'Also when the call is declined.'),
  noAnswer: where('When nobody answers', 'After the time below.'),
  unregistered: where('When no phone is registered', 'Also when the phone cannot be reached.'),
  always: where('Always', 'No phone rings.'),
  ringSeconds: Type.Optional(
    Seconds({
      title: 'Ring for',
      description: 'Before nobody answers. Empty: as for all extensions.',
      minimum: 5,
      maximum: 300,
    }),
  ),
})
export type ForwardRule = Static<typeof ForwardRule>

/** The resource kind `forward-rule`. */
export const forwardRuleKind: ResourceKind<ForwardRule> = {
  kind: 'forward-rule',
  prefix: 'fwd',
  title: ['Forwarding rule', 'Forwarding rules'],
  schema: ForwardRule,
  label: 'name',
}

/** What a person switches at an extension. */
export const Switching = Type.Object({
  extension: Ref('extension', { title: 'Extension' }),
  when: Type.Enum(WHENS, { title: 'When' }),
  to: Type.Optional(
    Type.String({
      title: 'To number',
      pattern: '^[0-9*#]{1,16}$',
      description: 'A number of this plant. Empty: not forwarded, whatever the rule says.',
    }),
  ),
  asRule: Type.Optional(Type.Boolean({ title: 'As the administrator’s rule says', default: false })),
})
export type Switching = Static<typeof Switching>
