// What is told while somebody calls for help.
import type { Conveyed } from './place.ts'

/** A call for help that somebody still has to look after. */
export interface EmergencyCall extends Conveyed {
  readonly call: string
  readonly dialled: string
  readonly at: number
  readonly answeredBy?: string
  /** Who takes care, and since when. */
  readonly acknowledged?: { readonly at: number; readonly by: string }
  /** It ended before anybody answered: the caller has to be called back. */
  readonly endedAt?: number
  /** Where the phone stands, as far as it is known: for rights that hold in one place only. */
  readonly location?: string
  readonly device?: string
  readonly site?: string
}

declare module '../../../kernel/feature.ts' {
  interface Facts {
    'emergency-call.began': EmergencyCall
    'emergency-call.answered': { readonly call: string; readonly by: string }
    'emergency-call.told': {
      readonly call: string
      readonly whom: string
      readonly how: string
      readonly result: string
    }
    'emergency-call.acknowledged': { readonly call: string; readonly by: string; readonly at: number }
    'emergency-call.ended': { readonly call: string }
  }
}
