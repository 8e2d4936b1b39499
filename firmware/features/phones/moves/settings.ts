// Saying that a phone that has another address stands where it stood.
import { Ref, type Static, Type } from '../../../kernel/schema.ts'

export const MoveInput = Type.Object({ device: Ref('device', { title: 'Device' }) })
export type MoveInput = Static<typeof MoveInput>
