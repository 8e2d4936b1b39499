// What becomes of pages, as facts.
declare module '../../../kernel/feature.ts' {
  interface Facts {
    'page.started': {
      readonly page: string
      readonly zone: string
      readonly priority: string
      readonly cause: string
      readonly drill: boolean
      readonly alarm?: string
      readonly endpoints: number
      readonly at: number
    }
    /** Its first packet is on the wire. `amplifiers`: the local ones that it speaks on. */
    'page.leaving': { readonly page: string; readonly alarm?: string; readonly amplifiers: readonly string[] }
    'page.ended': {
      readonly page: string
      readonly alarm?: string
      readonly how: string
      readonly reached: number
      readonly missed: number
      /** Sent to, and nothing tells whether it was heard. */
      readonly unverified: number
      readonly at: number
    }
  }
}

export type {}
