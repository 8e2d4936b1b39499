// How long a phone that called for help is reached by whoever calls it back, whatever else would happen to the call.
import { type Static, Type } from '../../../kernel/schema.ts'

export const CallBackSettings = Type.Object({
  minutes: Type.Integer({
    title: 'Calls back for',
    description:
      'Minutes for which a call back from an answering point rings the very phone that called for help: past forwards, do-not-disturb and groups, and also when it has no number of its own or is not registered. 0: not at all.',
    minimum: 0,
    maximum: 24 * 60,
    default: 30,
  }),
  ringSeconds: Type.Integer({
    title: 'Ring for',
    description: 'Seconds that a call back rings; nobody else is rung after it.',
    minimum: 10,
    maximum: 600,
    default: 120,
  }),
})
export type CallBackSettings = Static<typeof CallBackSettings>
