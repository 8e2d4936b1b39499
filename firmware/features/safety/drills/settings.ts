// A drill: a plan run for practice, marked as such wherever it is heard, shown or written.
import { Ref, type Static, Type } from '../../../kernel/schema.ts'

export const StartInput = Type.Object({
  plan: Ref('plan'),
  location: Type.Optional(Ref('location')),
  note: Type.Optional(Type.String({ maxLength: 200, description: 'Why, or which shift.' })),
})
export type StartInput = Static<typeof StartInput>

export const EndInput = Type.Object({ alarm: Type.String({ minLength: 1, maxLength: 60 }) })
export type EndInput = Static<typeof EndInput>
