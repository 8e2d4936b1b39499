// Who may watch whom.
import { type Static, Type } from '../../../kernel/schema.ts'

export const SubscriptionsSettings = Type.Object(
  {
    watching: Type.Enum(['site', 'everywhere'], {
      title: 'A phone may watch extensions',
      description:
        'of its own site, or everywhere. Who may watch sees whom they talk to and may take a call that rings there.',
      default: 'site',
    }),
  },
  { default: {} },
)
export type SubscriptionsSettings = Static<typeof SubscriptionsSettings>
