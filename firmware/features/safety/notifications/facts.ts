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
    /** One attempt to tell somebody, for each of them. */
    'notice.tried': {
      readonly notice: string
      /** The call for help that it is about. */
      readonly call?: string
      readonly alarm?: string
      /** By name. */
      readonly whom: string
      readonly how: WayName
      /** 1, 2 or 3. */
      readonly attempt: number
      /** `told`, `confirmed` by a person, or why not. */
      readonly result: string
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

/** How somebody is told. */
export type WayName = 'screen' | 'call' | 'page' | 'mail' | 'text'
