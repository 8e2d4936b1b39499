// What happens to trunks, told to whoever observes.
import type { Health } from './health.ts'

declare module '../../../kernel/feature.ts' {
  interface Facts {
    'trunk.health-changed': {
      readonly trunk: string
      readonly at: number
      readonly from: Health
      readonly to: Health
      readonly why: string
    }
    /** A call went on by another trunk because this one did not take it. */
    'trunk.passed-over': { readonly trunk: string; readonly call: string; readonly why: string; readonly at: number }
  }
}
