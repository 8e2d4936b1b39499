// What a document was at each revision: taking a change back must give just that, or name the later change that stands in the way.
import { PbxError } from '../kernel/errors.ts'
import { kari } from './fresh-plant.ts'
import { kindsOf } from './invariants.ts'
import type { Box } from './scenario.ts'

type Content = ReadonlyMap<string, string>

function contentOf(box: Box): Content {
  const resources = kindsOf(box).flatMap(kind =>
    box.store.all(kind).map(({ rev: _, ...fields }) => [`${kind.kind}/${fields.id}`, JSON.stringify(fields)] as const),
  )
  const settings = box.host.features.flatMap(({ name, settings: schema }) =>
    schema ? [[`settings/${name}`, JSON.stringify(box.store.settings(name))] as const] : [],
  )
  return new Map([...resources, ...settings])
}

/** The document at every revision that the history came by. */
export class Memory {
  readonly at = new Map<number, Content>()

  saw(box: Box): void {
    this.at.set(box.store.revision, contentOf(box))
  }
}

/** Invariant 9: takes a change back, and compares what it gives with what was. Throws what is wrong. */
export async function former(o: { box: Box; memory: Memory }, rev: number): Promise<void> {
  const { box, memory } = o
  const before = contentOf(box)
  const change = box.store.history(1000).find(one => one.rev === rev)
  const was = memory.at.get(rev - 1)
  const undone = await box.store.undo(rev, kari).catch((error: unknown) => {
    if (error instanceof PbxError) return error
    throw error
  })
  const after = contentOf(box)
  memory.saw(box)
  if (undone instanceof PbxError) {
    if (!same(before, after)) throw new Error(`invariant 9: ${undone.code} left a trace`)
    const blocker = undone.fields.blockedBy
    if (undone.code === 'store.undo-blocked' && !(Number(blocker) > rev))
      throw new Error(`invariant 9: undo of ${rev} names no later change: ${undone.message}`)
    return
  }
  const touched = new Set(change?.changes.map(one => `${one.kind}/${one.id}`))
  if (!was) return
  for (const key of new Set([...before.keys(), ...after.keys()]))
    if (after.get(key) !== (touched.has(key) ? was : before).get(key))
      throw new Error(`invariant 9: undo of ${rev} gave another ${key}`)
}

const same = (one: Content, other: Content): boolean =>
  JSON.stringify([...one].sort()) === JSON.stringify([...other].sort())
