// What every route of past things can be asked; shared with the browser.
import { type Static, Type } from './schema.ts'

export const HistoryInput = Type.Object({
  q: Type.Optional(Type.String({ maxLength: 80, description: 'A part of any of its texts.' })),
  since: Type.Optional(Type.Integer({ minimum: 0, description: 'UTC milliseconds.' })),
  until: Type.Optional(Type.Integer({ minimum: 0, description: 'UTC milliseconds; not included.' })),
  cursor: Type.Optional(Type.String({ maxLength: 160, description: '`next` of the answer before.' })),
  limit: Type.Optional(Type.Integer({ minimum: 1, maximum: 500, description: 'Default 100.' })),
})
export type HistoryInput = Static<typeof HistoryInput>
