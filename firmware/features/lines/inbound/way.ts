// Where a call from outside goes: by the number that was dialled, and by who calls.
import type { Look } from '../../../kernel/call/call.types.ts'
import type { Destination } from '../../../kernel/schema.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { InboundNumber } from './settings.ts'

/** The inbound number that was dialled over this trunk; `number` is in E.164 where it is a whole number. */
export function dialled(
  all: readonly Stored<InboundNumber>[],
  o: { readonly number: string; readonly trunk: string | undefined },
): Stored<InboundNumber> | undefined {
  const open = all.filter(({ trunks }) => !trunks.length || (o.trunk !== undefined && trunks.includes(o.trunk)))
  return open.find(({ number }) => number === o.number)
}

/** Where its calls go for this caller, while this word of its schedule holds. */
export function wayOf(inbound: InboundNumber, { from }: Pick<Look, 'from'>, word?: string): Destination {
  const caller = isNobody(from.number) ? 'anonymous' : from.number
  const fitting = inbound.callers.filter(({ begins }) => caller.startsWith(begins))
  const [nearest] = fitting.sort((a, b) => b.begins.length - a.begins.length)
  const timely = inbound.times.find(time => time.word === word)
  return nearest?.destination ?? timely?.destination ?? inbound.destination
}

/** RFC 3323 section 4.1.1.3, and what carriers make of it. */
const isNobody = (number: string) => number === '' || /^(anonymous|unknown|restricted|unavailable)$/i.test(number)
