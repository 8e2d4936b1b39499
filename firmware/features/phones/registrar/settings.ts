// How closely the box watches its phones.
import { Seconds, type Static, Type } from '../../../kernel/schema.ts'

export const RegistrarSettings = Type.Object(
  {
    qualifySeconds: Seconds({
      title: 'Ask every phone whether it is there, every',
      description: '0: never. A phone that does not answer is shown, and rung all the same.',
      minimum: 0,
      maximum: 3600,
      default: 60,
    }),
  },
  { default: {} },
)
export type RegistrarSettings = Static<typeof RegistrarSettings>
