// A ring group: one number that rings several extensions, at once or one after another.
import { DestinationField, DialNumber, Name, Ref, Seconds, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

/** In which order members ring. */
export const ORDERS = ['simultaneous', 'linear', 'round-robin', 'random', 'longest-idle'] as const
export type Order = (typeof ORDERS)[number]

export const RingGroup = Type.Object({
  name: Name({ title: 'Name' }),
  number: DialNumber({ title: 'Number' }),
  members: Type.Array(Ref('extension', { onDelete: 'clear' }), {
    title: 'Members',
    description: 'In the order in which they ring.',
    maxItems: 100,
    uniqueItems: true,
    default: [],
  }),
  order: Type.Enum(ORDERS, {
    title: 'Order',
    description:
      'Simultaneous: all at once. Linear: from the first on. Round-robin: begins after the one who was first last time. Longest-idle: whose last call is longest ago comes first.',
    default: 'simultaneous',
  }),
  memberSeconds: Seconds({
    title: 'Ring each member for',
    description: 'Then the next one rings; after the last the first again. Not used when all ring at once.',
    minimum: 5,
    maximum: 120,
    default: 15,
  }),
  totalSeconds: Seconds({ title: 'Give up after', minimum: 5, maximum: 600, default: 60 }),
  skipBusy: Type.Boolean({
    title: 'Pass over members in a call',
    description: 'Otherwise they hear a second call waiting.',
    default: true,
  }),
  prefix: Type.Optional(
    Type.String({
      title: 'Shown before the caller’s name',
      maxLength: 20,
      description: 'So that members see for whom it rings.',
      'x-advanced': true,
    }),
  ),
  meanwhile: Type.Optional(
    Ref('message', {
      title: 'Callers hear',
      description: 'While it rings, round and round; the call is answered for it. Empty: ringing.',
      onDelete: 'clear',
    }),
  ),
  unanswered: Type.Optional(
    DestinationField({ title: 'When nobody answers', description: 'Empty: the call ends.', onDelete: 'clear' }),
  ),
  unregistered: Type.Optional(
    DestinationField({
      title: 'When no member has a phone',
      description: 'Empty: as when nobody answers.',
      onDelete: 'clear',
    }),
  ),
})
export type RingGroup = Static<typeof RingGroup>

/** The resource kind `ring-group`; its number leads to the destination of the same name. */
export const ringGroupKind: ResourceKind<RingGroup> = {
  kind: 'ring-group',
  prefix: 'rng',
  title: ['Ring group', 'Ring groups'],
  schema: RingGroup,
  label: 'name',
}
