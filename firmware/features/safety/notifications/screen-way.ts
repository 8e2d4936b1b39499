// A line of text on a phone: SIP MESSAGE to each of its contacts, one that takes it is enough.
import type { Binding } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { Way } from './notice.ts'

/** A phone that has not answered by then is tried again, milliseconds. */
const PATIENCE = 4000

/** `bindings`: where it is reached now. */
export function screenWay(
  { calls }: Pick<Context, 'calls'>,
  o: { readonly id: string; readonly label: string; bindings(): readonly Binding[] },
): Way {
  const sent = async (binding: Binding, text: string) => {
    const status = await calls.message(binding, text, 'emergency')
    return status >= 200 && status < 300 ? undefined : `refused with ${status}`
  }
  return {
    id: o.id,
    label: o.label,
    how: 'screen',
    patienceMilliseconds: PATIENCE,
    async attempt(text) {
      const bindings = o.bindings()
      if (bindings.length === 0) return 'not registered'
      const outcomes = await Promise.all(bindings.map(binding => sent(binding, text)))
      return outcomes.includes(undefined) ? undefined : outcomes[0]
    },
  }
}
