// What a page says, where, and how urgently.
import { Ref, type Static, Type } from '../../../kernel/schema.ts'

/** What can sound before the words; made by messages. */
export const TONES = ['none', 'chime', 'alert', 'evacuate'] as const

/** Priorities a person can choose; the order is that of the arbiter. */
export const CHOICES = ['normal', 'alarm', 'emergency'] as const

/** The settings of this feature. */
export const PagingSettings = Type.Object(
  {
    patienceSeconds: Type.Number({
      title: 'How long a phone may take to answer',
      minimum: 1,
      maximum: 60,
      default: 8,
      'x-unit': 's',
    }),
    callerName: Type.String({ title: 'Name shown on phones', maxLength: 40, default: 'Announcement' }),
    drillText: Type.String({
      title: 'Spoken before and after everything in a drill',
      maxLength: 200,
      default: 'This is a drill. This is a drill.',
    }),
  },
  { default: {} },
)
export type PagingSettings = Static<typeof PagingSettings>

/** The parameters of the action `page`. */
export const PageParams = Type.Object({
  zone: Ref('zone', { title: 'Zone' }),
  messages: Type.Optional(
    Type.Array(Ref('message'), { title: 'Messages', description: 'In this order.', maxItems: 10 }),
  ),
  text: Type.Optional(Type.String({ title: 'Text', maxLength: 600, description: 'Spoken after the messages.' })),
  tone: Type.Optional(Type.Enum(TONES, { title: 'Tone before it', default: 'chime' })),
  priority: Type.Optional(
    Type.Enum(CHOICES, {
      title: 'Priority',
      description: 'Empty: normal, or what the severity of the alarm asks for, which it cannot exceed in a plan.',
    }),
  ),
  repeats: Type.Optional(
    Type.Integer({
      title: 'How often it is said',
      minimum: 0,
      maximum: 100,
      default: 2,
      description: '0: until it is stopped.',
    }),
  ),
  gapSeconds: Type.Optional(
    Type.Number({ title: 'Silence between', minimum: 0, maximum: 10, default: 2, 'x-unit': 's' }),
  ),
})
export type PageParams = Static<typeof PageParams>

export const StopInput = Type.Object({ page: Type.String({ minLength: 1, maxLength: 60 }) })
export type StopInput = Static<typeof StopInput>

export const DetailInput = Type.Object({ page: Type.String({ minLength: 1, maxLength: 60 }) })
export type DetailInput = Static<typeof DetailInput>
