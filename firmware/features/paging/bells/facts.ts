// What becomes of bells, as facts.
declare module '../../../kernel/feature.ts' {
  interface Facts {
    /** Its pages have begun. `due` and `late` (milliseconds) are absent where a person rang it. */
    'bell.rung': {
      readonly bell: string
      readonly name: string
      readonly who: string
      readonly due?: number
      readonly late?: number
      readonly at: number
    }
    /** It was due and did not ring. */
    'bell.missed': {
      readonly bell: string
      readonly name: string
      readonly due: number
      readonly why: string
      readonly at: number
    }
    /** Somebody silenced it, or a zone, for today, or let it ring again. */
    'bell.silenced': {
      readonly bell?: string
      readonly zone?: string
      readonly today: boolean
      readonly who: string
      readonly at: number
    }
  }
}

export type {}
