// Recording: whose calls are recorded, for how long they are kept, and when the disk says no.
import { HistoryInput } from '../../../kernel/history-input.ts'
import { Name, Ref, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

/** Which calls of those named. */
export const WHICH = ['all', 'inbound', 'none'] as const

export const RecordingRule = Type.Object({
  name: Name({ title: 'Name' }),
  which: Type.Enum(WHICH, {
    title: 'Record',
    description: 'Inbound: calls to them. None: never, whatever another rule says.',
    default: 'all',
  }),
  extensions: Type.Array(Ref('extension', { onDelete: 'clear' }), {
    title: 'Extensions',
    maxItems: 500,
    uniqueItems: true,
    default: [],
  }),
  groups: Type.Array(Ref('ring-group', { onDelete: 'clear' }), {
    title: 'Ring groups',
    description: 'Calls that came by these groups.',
    maxItems: 100,
    uniqueItems: true,
    default: [],
  }),
})
export type RecordingRule = Static<typeof RecordingRule>

/** The resource kind `recording-rule`. */
export const recordingRuleKind: ResourceKind<RecordingRule> = {
  kind: 'recording-rule',
  prefix: 'rec',
  title: ['Recording rule', 'Recording rules'],
  schema: RecordingRule,
  label: 'name',
}

export const RecordingSettings = Type.Object(
  {
    keepDays: Type.Integer({ title: 'Keep recordings for', minimum: 1, maximum: 3650, default: 90, 'x-unit': 'days' }),
    freePercent: Type.Integer({
      title: 'Leave free on the disk',
      description: 'With less nothing is recorded; calls go on.',
      minimum: 1,
      maximum: 90,
      default: 10,
      'x-unit': '%',
    }),
    emergency: Type.Boolean({
      title: 'Record emergency calls',
      description: 'All of them, from the moment somebody answers.',
      default: false,
    }),
  },
  { default: {} },
)
export type RecordingSettings = Static<typeof RecordingSettings>

/** The longest piece that is sent at a time, seconds. */
export const LONGEST_PIECE = 300

export const Listing = Type.Object({
  ...HistoryInput.properties,
  call: Type.Optional(Type.String({ maxLength: 60, description: 'Of one call, or of all that came out of it.' })),
})
export type Listing = Static<typeof Listing>

export const Listening = Type.Object({
  recording: Type.String({ maxLength: 80 }),
  from: Type.Optional(Type.Number({ minimum: 0, default: 0, description: 'Seconds from its beginning.' })),
  seconds: Type.Optional(Type.Number({ minimum: 1, maximum: LONGEST_PIECE, default: LONGEST_PIECE })),
})
export type Listening = Static<typeof Listening>

export const Deleting = Type.Object({ recording: Type.String({ maxLength: 80 }) })
export type Deleting = Static<typeof Deleting>
