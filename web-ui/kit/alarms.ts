// Alarms as the box tells them, for the banner of every page and the page of alarms.
import { useGet, useRoute } from './box.tsx'

export interface AlarmStep {
  readonly id: string
  readonly part: 'first' | 'escalation' | 'all-clear'
  readonly action: { readonly kind: string }
  readonly state: 'waiting' | 'running' | 'done' | 'failed' | 'retrying' | 'stopped'
  readonly attempts: number
  readonly error?: string
  /** Whom it is not known to have reached although it was carried out. */
  readonly shortfall?: {
    readonly missed: number
    readonly unverified: number
    readonly of: number
    readonly who: readonly string[]
  }
  readonly since: number
}
export interface LiveAlarm {
  readonly id: string
  readonly plan: {
    readonly id: string
    readonly name: string
    readonly severity: string
    readonly acknowledgement: boolean
  }
  readonly state: 'raised' | 'acknowledged' | 'cleared' | 'superseded'
  readonly drill: boolean
  readonly who: { readonly name: string }
  readonly cause: string
  readonly raisedAt: number
  readonly presses: readonly { readonly cause: string; readonly at: number }[]
  readonly steps: readonly AlarmStep[]
  readonly acknowledged?: { readonly at: number; readonly who: { readonly name: string } }
  readonly ended?: { readonly at: number; readonly who: { readonly name: string } }
}

/** Where somebody pressed, the newest place first, each once with the time of its latest press. */
export function placesOf(alarm: LiveAlarm): readonly { readonly cause: string; readonly at: number }[] {
  const latest = new Map([[alarm.cause, alarm.raisedAt]])
  for (const { cause, at } of alarm.presses) latest.set(cause, at)
  return [...latest].map(([cause, at]) => ({ cause, at })).sort((a, b) => b.at - a.at)
}

/** Every alarm that the box still carries out, also those whose all-clear is being told. */
export function useCurrentAlarms(): readonly LiveAlarm[] {
  const enabled = useRoute('alarms/live')
  // Asked now and then as well: an alarm must not depend on the feed alone.
  const { data } = useGet<{ alarms: readonly LiveAlarm[] }>('alarms/live', {
    live: ['alarm.'],
    enabled,
    everySeconds: 10,
  })
  return data?.alarms ?? []
}

/** Alarms in which somebody may still be in danger, the newest first. */
export function useLiveAlarms(): readonly LiveAlarm[] {
  const alarms = useCurrentAlarms().filter(alarm => alarm.state === 'raised' || alarm.state === 'acknowledged')
  return [...alarms].sort((a, b) => Number(a.drill) - Number(b.drill) || b.raisedAt - a.raisedAt)
}
