// What becomes of notices, as facts.
declare module '../../../kernel/feature.ts' {
  interface Facts {
    /** For screens: shown at once, whoever else is reached. */
    'notice.shown': {
      readonly notice: string
      readonly text: string
      readonly drill: boolean
      readonly alarm?: string
      readonly at: number
      readonly location?: string
    }
    'notice.delivered': {
      readonly notice: string
      readonly reached: number
      readonly missed: number
      readonly location?: string
    }
  }
}

export type {}
