// What a bench gives: figures with their goals, as a table for people and one line of JSON for programs.
import type { Peer } from './peer.ts'

export type Figures = Readonly<Record<string, number>>

export interface BenchOptions {
  /** At most 20 s, for CI: fewer presses and calls, the same figures. */
  readonly quick: boolean
  /** How long a bench lasts that can last as long as one likes. */
  readonly minutes?: number
  /** How many calls talk, where that is the load. */
  readonly calls?: number
  /** Another program under the same load, in the box's place. */
  readonly peer?: Peer
  /** Tells how far it is. */
  say(text: string): void
}

/** One bench: everything it starts has ended when it resolves. */
export type Bench = (o: BenchOptions) => Promise<Figures>

/** At most so much of a figure; those without a goal are shown for whoever reads. */
export const goals: Readonly<Record<string, Figures>> = {
  panic: { press_to_strobe_p99_ms: 20, press_to_audio_p99_ms: 500, lost: 0, doubled: 0 },
  page: { first_audio_p99_ms: 500, spread_ms: 100, multicast_skew_ms: 20, unheard: 0 },
  emergency: { invite_out_p99_ms: 50, notice_p99_ms: 1000 },
  register: { cpu_ms_per_1000: 120, failed: 0 },
  storm: { seconds: 60, failed: 0 },
  calls: { cpu_s_per_1000_calls: 1.8, invite_forward_p99_ms: 10, event_loop_p99_ms: 10, failed: 0 },
  linear: { difference_percent: 20, failed: 0 },
  relay: { cpu_s_per_call_minute: 0.043, lost_packets: 0, latency_p99_us: 1000 },
  mix: { cpu_ms_per_beat: 3, late_ticks: 0, missing_packets: 0 },
  memory: { rss_loaded_mb: 250, kb_per_call: 80, rss_after_mb: 250 },
  soak: { growth_percent: 1, failed: 0, stuck: 0 },
  store: { acknowledged_p99_ms: 5, loop_blocked_ms: 5 },
}

/** The value at this share of the sorted list; NaN of an empty one. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b)
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN
}

export const rounded = (value: number, digits = 2): number => Number(value.toFixed(digits))

/** Figure, value, goal and verdict, one line each. */
export function table(bench: string, figures: Figures): string {
  const goal = goals[bench] ?? {}
  const rows = Object.entries(figures).map(([name, value]) => {
    const most = goal[name]
    const verdict = most === undefined ? '' : value <= most ? 'good' : 'MISSED'
    return [name, String(value), most === undefined ? '' : `≤ ${most}`, verdict] as const
  })
  const widths = [0, 1, 2].map(column => Math.max(...rows.map(row => (row[column] ?? '').length)))
  const [a = 0, b = 0, c = 0] = widths
  return rows.map(row => `  ${row[0].padEnd(a)}  ${row[1].padStart(b)}  ${row[2].padEnd(c)}  ${row[3]}`).join('\n')
}
