// The lamps of the plant: what changes in a call is told to those who watch its people, once for all that changed in it.
import type { Context } from '../../../kernel/feature.ts'
import { extensions } from '../extensions/feature.ts'
import { registrar } from '../registrar/feature.ts'
import { type EventPackage, subscriptions } from '../subscriptions/feature.ts'
import { dialogState } from './dialog-state.ts'
import { CPIM_PIDF, PIDF, pidf } from './pidf.ts'
import { busyOf, extensionsIn } from './states.ts'

const PACKAGES = ['dialog', 'presence'] as const

export class Lamps {
  readonly #ctx: Context
  /** Who was in a call when it was last looked at: who has left it must be told too. */
  readonly #were = new Map<string, readonly string[]>()
  /** Calls in which something happened in this turn. */
  readonly #changed = new Set<string>()

  constructor(ctx: Context) {
    this.#ctx = ctx
  }

  offer(): void {
    const desk = this.#ctx.use(subscriptions)
    desk.offer(this.#dialog, this.#ctx.signal)
    desk.offer(this.#presence, this.#ctx.signal)
  }

  get #dialog(): EventPackage {
    return {
      name: 'dialog',
      contentTypes: ['application/dialog-info+xml'],
      describe: asked => {
        const id = this.#extension(asked.target)
        return id === undefined ? undefined : dialogState(asked, this.#busy(id))
      },
    }
  }

  get #presence(): EventPackage {
    return {
      name: 'presence',
      contentTypes: [PIDF, CPIM_PIDF],
      describe: asked => {
        const id = this.#extension(asked.target)
        return id === undefined ? undefined : pidf(asked, { open: this.#isOpen(id), calls: this.#busy(id) })
      },
    }
  }

  #extension(target: string): string | undefined {
    const owner = this.#ctx.store.owner(target)
    return owner?.kind === 'extension' ? owner.id : undefined
  }

  #busy(extension: string) {
    return busyOf(this.#ctx.calls.live(), extension)
  }

  #isOpen(extension: string): boolean {
    const lines = this.#ctx.use(extensions).linesOf(extension)
    return lines.some(line => this.#ctx.use(registrar).bindingsOf(line.id).length > 0)
  }

  /** Something about a call: it is looked at once everything that happens with it has happened. */
  callChanged(id: string): void {
    if (this.#changed.size === 0) this.#ctx.spawn('telling lamps', this.#tell())
    this.#changed.add(id)
  }

  lineChanged(line: string): void {
    const extension = this.#ctx.use(extensions).carriedBy(line)
    if (extension) this.#ctx.use(subscriptions).changed('presence', extension.number)
  }

  async #tell(): Promise<void> {
    await Promise.resolve()
    const desk = this.#ctx.use(subscriptions)
    const known = this.#ctx.use(extensions)
    const calls = [...this.#changed]
    this.#changed.clear()
    const concerned = new Set<string>()
    for (const call of calls) for (const id of this.#concerned(call)) concerned.add(id)
    // Who begins to watch is told all at once: until somebody does, nobody needs to hear of changes.
    if (!desk.watched) return
    for (const id of concerned) {
      const number = known.get(id)?.number
      if (number !== undefined) for (const name of PACKAGES) desk.changed(name, number)
    }
  }

  /** The extensions that are in the call, or were when it was last looked at. */
  #concerned(call: string): readonly string[] {
    const live = this.#ctx.calls.get(call)
    const now = live ? extensionsIn(live) : []
    const were = this.#were.get(call) ?? []
    if (now.length) this.#were.set(call, now)
    else this.#were.delete(call)
    return [...now, ...were]
  }
}
