// Triggers run actions: one registry for panic buttons, schedules, feature codes, webhooks and serial inputs.
import { checked, faultsOf } from './check.ts'
import { PbxError } from './errors.ts'
import type { ActionKind, Shortfall, Trigger } from './feature.ts'
import type { Kinds } from './kinds.ts'
import type { ActionRef } from './schema.ts'

/** An action whose parameters have been checked against its schema. */
export type AnyAction = ActionKind<Readonly<Record<string, unknown>>>

/** What is wrong with an action as written in a resource: field → what, and the remedy. */
export function actionFaults(actions: Kinds<AnyAction>, ref: ActionRef): Record<string, string> {
  const action = actions.get(ref.kind)
  if (!action) return { kind: `nothing offers the action "${ref.kind}": choose another` }
  const faults = faultsOf(action.params, ref.params)
  if (Object.keys(faults).length) return faults
  return action.check?.(ref.params) ?? {}
}

/** Resolves when the effect has happened; rejects with the reason. */
export async function act(actions: Kinds<AnyAction>, ref: ActionRef, o: { why: Trigger; signal: AbortSignal }) {
  const action = actions.get(ref.kind)
  if (!action) throw new PbxError('actions.unknown-kind', `nothing offers the action "${ref.kind}"`, { status: 409 })
  if (o.why.drill && action.outside) {
    throw new PbxError('actions.not-in-a-drill', `"${action.title}" reaches outside and is left out of a drill`, {
      status: 409,
    })
  }
  o.signal.throwIfAborted()
  return (await action.run(checked(action.params, ref.params, 'actions.invalid-params'), o.why, o.signal)) as
    | Shortfall
    | undefined
}
