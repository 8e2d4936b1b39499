// What becomes of alarms, as facts.
declare module '../../../kernel/feature.ts' {
  interface Facts {
    'alarm.raised': {
      readonly alarm: string
      readonly plan: string
      readonly severity: string
      readonly silent: boolean
      readonly drill: boolean
      readonly cause: string
      readonly location?: string
      readonly at: number
    }
    'alarm.joined': { readonly alarm: string; readonly plan: string; readonly cause: string; readonly at: number }
    'alarm.acknowledged': { readonly alarm: string; readonly by: string; readonly at: number }
    'alarm.escalated': { readonly alarm: string; readonly at: number }
    'alarm.superseded': { readonly alarm: string; readonly by: string; readonly at: number }
    'alarm.cleared': { readonly alarm: string; readonly by: string; readonly at: number }
    'alarm.step-changed': {
      readonly alarm: string
      readonly step: string
      readonly kind: string
      readonly state: string
      readonly error?: string
    }
  }
}

export type {}
