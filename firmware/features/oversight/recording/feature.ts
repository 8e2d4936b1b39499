// Recording: calls of those whom a rule names are written to the disk while they talk.
import { type Context, feature, type Problem } from '../../../kernel/feature.ts'
import { ringGroups } from '../../answering/ring-groups/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import type { DiskGuard } from './disk-guard.ts'
import type {} from './facts.ts'
import { Recorder } from './recorder.ts'
import { migrations, recordingLog } from './records.ts'
import { keepWithin } from './retention.ts'
import { routesOf } from './routes.ts'
import { type RecordingSettings, recordingRuleKind, RecordingSettings as Settings } from './settings.ts'
import { words } from './words.en.ts'

export { type RecordingRule, recordingRuleKind } from './settings.ts'

/** Why the latest recording failed. */
interface Failure {
  readonly why: string
  readonly at: number
}

export const recording = feature<RecordingSettings, undefined>({
  name: 'recording',
  about: 'Recording calls by rule, for as long as they may be kept.',
  optional: true,
  needs: [extensions, ringGroups],
  settings: Settings,
  resources: [recordingRuleKind],
  records: migrations,
  permissions: {
    'recording.view': words['recording.view'],
    'recording.listen': words['recording.listen'],
    'recording.delete': words['recording.delete'],
    'recording.manage': words['recording.manage'],
  },
  words: { en: words },
  start(ctx) {
    const log = recordingLog(ctx.records)
    const recorder = new Recorder(ctx, log)
    const failures = ctx.live.collection<Failure>('failure', { keep: 'process' })
    keepWithin(ctx, log)
    return {
      phases: {
        connecting: bridge => recorder.connecting(bridge),
      },
      sip: {
        observe(event) {
          if (event.type !== 'recorded') return
          recorder.recorded(event)
          if (!event.file.startsWith(ctx.files.data)) return
          if (event.error === undefined) failures.delete('latest')
          else failures.set('latest', { why: event.error, at: ctx.clock.now() })
        },
      },
      routes: routesOf(ctx as Context<never>, log),
      touches: {
        'recording.began': fact => recorder.placesOf(fact.recording),
        'recording.ended': fact => recorder.placesOf(fact.recording),
      },
      apply: () => recorder.guard.look(),
      problems: () => problemsOf(ctx, recorder.guard, failures.get('latest')),
      metrics: () => ({ recordings_running: recorder.running }),
    }
  },
})
export default recording

function problemsOf(ctx: Context<RecordingSettings>, guard: DiskGuard, failure: Failure | undefined): Problem[] {
  const problems: Problem[] = []
  const add = (what: 'disk' | 'space' | 'failed', o: { severity: Problem['severity']; text: string; since?: number }) =>
    problems.push({ code: `recording.${what}`, remedy: words[`recording.${what}.remedy`], link: '/settings', ...o })
  if (guard.isLow) {
    const text = words['recording.disk']
      .replace('{free}', String(guard.free))
      .replace('{wanted}', String(ctx.settings.freePercent))
    add('disk', { severity: 'serious', text })
  }
  if (guard.free === undefined) add('space', { severity: 'info', text: words['recording.space'] })
  if (failure) {
    const text = words['recording.failed'].replace('{why}', failure.why)
    add('failed', { severity: 'serious', text, since: failure.at })
  }
  return problems
}
