// Which number a phone that calls for help borrows: the one it has, else a free one, else the one that was lent longest ago.
import type { Party } from '../../../kernel/call/call.types.ts'
import type { Lease } from './lease.ts'

/** A number to be shown outside, and from whom it was taken away where none was free. */
export interface Borrowed {
  readonly number: string
  readonly takenFrom?: Lease
}

/** `lent`: the leases of now, the oldest first. Undefined: there is no number. */
export function borrow(numbers: readonly string[], lent: readonly Lease[], by: Party): Borrowed | undefined {
  const ours = lent.filter(({ number, outside }) => outside === true && numbers.includes(number))
  const own = ours.find(lease => isPhoneOf(lease, by))
  if (own !== undefined) return { number: own.number }
  const free = numbers.find(number => !ours.some(lease => lease.number === number))
  if (free !== undefined) return { number: free }
  const [oldest] = ours
  return oldest && { number: oldest.number, takenFrom: oldest }
}

/** Several unknown phones behind one address are told apart by their port. */
function isPhoneOf(lease: Lease, { device, source }: Party): boolean {
  if (device !== undefined || lease.device !== undefined) return device === lease.device
  return source !== undefined && source.host === lease.source?.host && source.port === lease.source?.port
}

/** So many digits at least say which number is meant. */
const SHORTEST = 7

/** The lease of a number as a carrier may write it: whole, without its +, or as within the country. */
export function leaseFor(lent: readonly Lease[], dialled: string): Lease | undefined {
  const digits = dialled.replace(/\D/g, '')
  const within = digits.replace(/^0+/, '')
  const ours = lent.filter(({ outside }) => outside === true)
  const whole = ours.find(({ number }) => number.slice(1) === digits)
  return whole ?? (within.length < SHORTEST ? undefined : ours.find(({ number }) => number.endsWith(within)))
}
