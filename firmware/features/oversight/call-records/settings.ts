// What is asked of call records, and how long they are kept.
import { HistoryInput } from '../../../kernel/history-input.ts'
import { type Static, Type } from '../../../kernel/schema.ts'

export const CallRecordsSettings = Type.Object(
  {
    keepDays: Type.Integer({
      title: 'Keep call records for',
      'x-unit': 'days',
      description: 'Older ones are deleted once a day. Emergency calls are kept apart and longer.',
      minimum: 1,
      maximum: 3650,
      default: 365,
    }),
  },
  { default: {} },
)
export type CallRecordsSettings = Static<typeof CallRecordsSettings>

export const Search = Type.Object(
  {
    ...HistoryInput.properties,
    cause: Type.Optional(Type.String({ maxLength: 40 })),
    emergency: Type.Optional(Type.Boolean()),
  },
  { additionalProperties: false },
)
export type Search = Static<typeof Search>
