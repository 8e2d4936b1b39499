// What a far side's final status means, in the word that log, record and metric have for it.
import type { Cause } from '../../../firmware/kernel/errors.ts'

const MEANT_BY: Partial<Record<Cause, readonly number[]>> = {
  busy: [486, 600],
  declined: [603, 607],
  'not-found': [404, 484, 604],
  forbidden: [401, 403, 407],
  cancelled: [487],
  'not-acceptable': [415, 488, 606],
  'not-available': [480],
  redirected: [300, 301, 302, 305, 380],
  unreachable: [408, 430],
  overloaded: [503],
  'too-many-hops': [482, 483],
}

/** The cause that a SIP final status of a far side means. */
export function causeOfStatus(status: number): Cause {
  const [cause] = Object.entries(MEANT_BY).find(([, statuses]) => statuses.includes(status)) ?? []
  return (cause as Cause | undefined) ?? (status < 300 ? 'answered' : 'failed')
}
