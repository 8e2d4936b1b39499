// What is wrong with buttons that no board watches: silent, refused, without a key, or not registered.
import type { Problem } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { Button } from './settings.ts'
import type { Refused } from './web-buttons.ts'
import { words } from './words.en.ts'

/** What is known of such a button. */
export interface Far {
  readonly button: Stored<Button>
  readonly place: string
  /** Since it was heard, or since the box started; milliseconds. */
  readonly silentFor: number
  readonly refused: Refused | undefined
  readonly hasKey: boolean
  /** Its device has a phone's registration; undefined where it has no device. */
  readonly registered: boolean | undefined
}

type Wording = 'silent' | 'refused' | 'no-key' | 'unregistered'
const MINUTE = 60_000

/** Each names button and place: whoever is there must know that it cannot call for help. */
export function farProblems(far: Far): readonly Problem[] {
  const { button, silentFor, refused, hasKey, registered } = far
  const limit = button.heardWithinMinutes
  const problems: Problem[] = []
  if (registered === false) problems.push(problem('unregistered', far))
  if (button.web === undefined) return problems
  if (!hasKey) return [...problems, problem('no-key', far)]
  if (refused !== undefined) problems.push(problem('refused', far))
  if (limit !== undefined && silentFor > limit * MINUTE) problems.push(problem('silent', far))
  return problems
}

function problem(wording: Wording, { button, place, silentFor, refused }: Far): Problem {
  const code = `panic-buttons.${wording}` as const
  const why = refused === undefined ? '' : (WHY[refused.why] ?? refused.why)
  const text = words[code]
    .replace('{button}', button.name)
    .replace('{place}', place || '?')
    .replace('{minutes}', String(Math.floor(silentFor / MINUTE)))
    .replace('{why}', why)
  const link = wording === 'no-key' || wording === 'refused' ? '/panic-buttons' : `/button/${button.id}`
  return { code: `${code}:${button.id}`, severity: 'danger', text, remedy: words[`${code}.remedy`], link }
}

const WHY: Readonly<Record<string, string>> = {
  'panic-buttons.wrong-key': words['panic-buttons.why.wrong-key'],
  'panic-buttons.unreadable': words['panic-buttons.why.unreadable'],
  'panic-buttons.unknown-event': words['panic-buttons.why.unknown-event'],
}
