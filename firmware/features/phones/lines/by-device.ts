// The lines of each device, looked up at once: a page that rings five hundred phones asks for the lines of each.
import type { Store, Stored } from '../../../kernel/store.ts'
import { type Line, lineKind } from './settings.ts'

/** Kept until the document changes. */
export function linesByDevice(store: Pick<Store, 'all' | 'revision'>): (device: string) => readonly Stored<Line>[] {
  let revision: number | undefined
  let lines = new Map<string, Stored<Line>[]>()
  return device => {
    if (revision !== store.revision) {
      lines = new Map()
      for (const line of store.all(lineKind)) lines.set(line.device, [...(lines.get(line.device) ?? []), line])
      revision = store.revision
    }
    return lines.get(device) ?? []
  }
}
