// The document without a disk: the same rules as on the box, for tests of features and of the whole host.
import type { ChangeRequest, ChangeSet, Who } from '../kernel/store.ts'
import { type Collections, Editor, type Kinds, load, planChange, planUndo } from '../platform/store/editor.ts'

/** A store that forgets. Like the durable one it answers a change only after the asker has had to wait. */
export class MemoryStore extends Editor {
  readonly #secrets = new Map<string, string>()
  readonly #now: () => number

  /** `collections`: what an earlier version left behind, right or wrong. */
  constructor(o: Kinds & { now?: () => number; collections?: Collections }) {
    super(o)
    this.#now = o.now ?? (() => Date.now())
    if (o.collections) load(this.document, o.collections, 1)
  }

  async change(request: ChangeRequest): Promise<ChangeSet> {
    const circumstances = { now: this.#now(), secrets: (ref: string) => this.#secrets.get(ref), history: this.past }
    const plan = planChange(this.document, request, circumstances)
    for (const [reference, text] of plan.secrets) this.#secrets.set(reference, text)
    this.publish(plan.change)
    return plan.change
  }

  async undo(rev: number, author: Who): Promise<ChangeSet> {
    const change = planUndo(this.document, rev, { author, now: this.#now(), history: this.past })
    this.publish(change)
    return change
  }

  secret(reference: string): string | undefined {
    return this.#secrets.get(reference)
  }

  protected observerFailed(error: unknown): void {
    throw error
  }

  /** Puts one resource: short for a change set of one operation; returns its identity. */
  async put(kind: string, value: object, id: string = this.newId(kind)): Promise<string> {
    const author = { by: 'box', name: 'test' } as const
    await this.change({ why: `put ${kind}`, author, ops: [{ op: 'put', kind, id, value }] })
    return id
  }

  async configure(feature: string, value: object): Promise<void> {
    const author = { by: 'box', name: 'test' } as const
    await this.change({ why: `settings of ${feature}`, author, ops: [{ op: 'settings', feature, value }] })
  }
}
