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
    const call = this.#ctx.calls.get(id)
    const now = call ? extensionsIn(call) : []
    for (const extension of [...now, ...(this.#were.get(id) ?? [])]) this.#soon(extension)
    if (now.length) this.#were.set(id, now)
    else this.#were.delete(id)
  }

  lineChanged(line: string): void {
    const extension = this.#ctx.use(extensions).carriedBy(line)
    if (extension) this.#ctx.use(subscriptions).changed('presence', extension.number)
  }

  #soon(extension: string): void {
    if (this.#changed.size === 0) this.#ctx.spawn('telling lamps', this.#tell())
    this.#changed.add(extension)
  }

  async #tell(): Promise<void> {
    await Promise.resolve()
    const changed = [...this.#changed]
    this.#changed.clear()
    for (const id of changed) {
      const number = this.#ctx.use(extensions).get(id)?.number
      if (number === undefined) continue
      for (const name of PACKAGES) this.#ctx.use(subscriptions).changed(name, number)
    }
  }
}
