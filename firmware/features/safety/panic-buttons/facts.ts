// What is done with buttons, as facts.
declare module '../../../kernel/feature.ts' {
  interface Facts {
    'button.pressed': { readonly button?: string; readonly input: string; readonly alarm: string; readonly at: number }
    /** A hand that went before its time: no alarm. */
    'button.let-go': {
      readonly button?: string
      readonly input: string
      readonly at: number
      readonly heldMilliseconds: number
      readonly neededMilliseconds: number
    }
    /** For a while its press is a test. */
    'button.test-announced': {
      readonly button: string
      readonly by: string
      readonly at: number
      readonly until: number
    }
    'button.tested': { readonly button: string; readonly by: string; readonly at: number }
  }
}

export type {}
