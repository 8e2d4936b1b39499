// The plans, compiled before anybody presses: sounds rendered, zones known, the board told what to do by itself.
import type { ReflexTable } from '../../../kernel/board-port.ts'
import { PbxError } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { ActionRef } from '../../../kernel/schema.ts'
import type { Stored } from '../../../kernel/store.ts'
import type { PageParams, Paging } from '../../paging/paging/feature.ts'
import type { FrozenPlan } from './alarm.ts'
import { frozen } from './freeze.ts'
import { type BoardPlan, type LocalMessage, reflexTable, type Wire } from './reflex-table.ts'
import { type Plan, planKind, rankOf } from './settings.ts'

/** A table that is not ready after this long is loaded as far as it is. */
const LOAD_ANYWAY_MILLISECONDS = 5000
/** A board that has not confirmed a table by then has a problem. */
const CONFIRM_MILLISECONDS = 5000
/** How often it is tried to make ready what could not be: a voice may be installed, a disk emptied. */
const TRY_AGAIN_MILLISECONDS = 30_000

/** A part of a plan that is not ready. */
export interface PlanFault {
  readonly plan: string
  readonly name: string
  /** Which steps, or what the board says by itself. */
  readonly part: StepPart | 'board-message'
  /** Place among the steps of its part, from 1. */
  readonly number: number
  /** What the step does, as a person reads it. */
  readonly action: string
  readonly why: string
}
type StepPart = 'first' | 'escalation' | 'all-clear'

export class PlanBook {
  readonly #ctx: Pick<Context, 'store' | 'actionKind' | 'board' | 'clock' | 'spawn'>
  readonly #paging: Paging
  #wires: readonly Wire[] = []
  #messages: ReadonlyMap<string, LocalMessage> = new Map()
  #faults: readonly PlanFault[] = []
  #table: ReflexTable | undefined
  #loadedAt = 0
  #confirmed: string | undefined
  #ready = false
  #compiling: Promise<void> | undefined
  #again = false

  constructor(ctx: Pick<Context, 'store' | 'actionKind' | 'board' | 'clock' | 'spawn'>, paging: Paging) {
    this.#ctx = ctx
    this.#paging = paging
    ctx.board.on(event => {
      if (event.type === 'table-confirmed') this.#confirmed = event.hash
      if (event.type === 'connected') this.#connected(event.tableHash)
    })
    ctx.clock.after(LOAD_ANYWAY_MILLISECONDS, () => this.#loadWhenReady('anyway'))
    ctx.clock.every(TRY_AGAIN_MILLISECONDS, () => {
      if (this.#faults.length > 0) ctx.spawn('compile alarm plans', this.compile())
    })
  }

  faults(): readonly PlanFault[] {
    return this.#faults
  }

  /** The board is there and has not confirmed what it was told. */
  get unconfirmed(): boolean {
    if (this.#table === undefined || !this.#ctx.board.connected || this.#confirmed === this.#table.hash) return false
    return this.#ctx.clock.since() - this.#loadedAt > CONFIRM_MILLISECONDS
  }

  /** Everything is compiled, and the board has confirmed the reflexes of just these plans. */
  get armed(): boolean {
    return this.#ready && this.#compiling === undefined && this.#confirmed === this.#table?.hash
  }

  /** The plan as an alarm keeps it; from memory. */
  frozen(id: string): FrozenPlan | undefined {
    const plan = this.#ctx.store.get(planKind, id)
    return plan === undefined ? undefined : frozen(plan, this.#messages.get(id)?.amplifiers ?? [])
  }

  /** As {@link frozen}; throws `alarms.no-such-plan`. */
  known(id: string): FrozenPlan {
    const plan = this.frozen(id)
    if (plan === undefined) throw new PbxError('alarms.no-such-plan', 'there is no such plan', { status: 404 })
    return plan
  }

  /** Which inputs start which plan. */
  wire(wires: readonly Wire[]): void {
    this.#wires = wires
    this.#loadWhenReady('when ready')
  }

  /** Makes everything ready that the plans need; resolves when it is, or it is known what is not. */
  async compile(): Promise<void> {
    if (this.#compiling !== undefined) {
      this.#again = true
      return this.#compiling
    }
    this.#compiling = this.#compileAll()
    try {
      await this.#compiling
    } finally {
      this.#compiling = undefined
    }
  }

  async #compileAll(): Promise<void> {
    do {
      this.#again = false
      const plans = this.#ctx.store.all(planKind)
      const compiled = await Promise.all(plans.map(plan => this.#compiled(plan)))
      this.#faults = compiled.flatMap(one => one.faults)
      const heard = compiled.flatMap(one => (one.message === undefined ? [] : [[one.plan, one.message] as const]))
      this.#messages = new Map(heard)
    } while (this.#again)
    this.#ready = true
    this.#loadWhenReady('when ready')
  }

  async #compiled(plan: Stored<Plan>): Promise<{ plan: string; faults: PlanFault[]; message?: LocalMessage }> {
    const { steps, escalation, allClear } = frozen(plan, [])
    const faults: PlanFault[] = []
    const fault = (where: Pick<PlanFault, 'part' | 'number' | 'action'>, error: unknown) => {
      const why = error instanceof Error ? error.message : String(error)
      faults.push({ plan: plan.id, name: plan.name, ...where, why })
    }
    const prepare = async (action: ActionRef, index: number, part: StepPart) => {
      const kind = this.#ctx.actionKind(action.kind)
      const where = { part, number: index + 1, action: kind?.title ?? action.kind }
      if (kind === undefined) return fault(where, `nothing offers the action “${action.kind}”`)
      try {
        for (const [field, why] of Object.entries(kind.check?.(action.params as never) ?? {}))
          fault(where, `${titleOfField(kind.params, field)}: ${why}`)
        await kind.prepare?.(action.params as never)
      } catch (error) {
        fault(where, error)
      }
    }
    await Promise.all([
      ...steps.map((step, index) => prepare(step, index, 'first')),
      ...escalation.map((step, index) => prepare(step, index, 'escalation')),
      ...allClear.map((step, index) => prepare(step, index, 'all-clear')),
    ])
    try {
      const message = plan.silent ? undefined : await this.#message(steps, rankOf(plan.severity))
      return { plan: plan.id, faults, ...(message === undefined ? {} : { message }) }
    } catch (error) {
      fault({ part: 'board-message', number: 1, action: '' }, error)
      return { plan: plan.id, faults }
    }
  }

  /** The first page with local amplifiers gives the words; the others' amplifiers are added. */
  async #message(steps: readonly ActionRef[], gravity: number): Promise<LocalMessage | undefined> {
    const pages = steps.filter(step => step.kind === 'page').map(step => step.params as PageParams)
    const found = (await Promise.all(pages.map(page => this.#paging.localMessage(page, gravity)))).filter(
      one => one !== undefined,
    )
    const [first] = found
    if (first === undefined) return undefined
    const amplifiers = [...new Set(found.flatMap(one => one.amplifiers))]
    const ranks = found.flatMap(one => (one.rank === undefined ? [] : [one.rank]))
    return { ...first, amplifiers, ...(ranks.length === 0 ? {} : { rank: Math.min(...ranks) }) }
  }

  #loadWhenReady(when: 'when ready' | 'anyway'): void {
    if (when === 'anyway') this.#ready = true
    if (!this.#ready) return
    const plans = new Map<string, BoardPlan>()
    for (const plan of this.#ctx.store.all(planKind)) {
      const message = this.#messages.get(plan.id)
      plans.set(plan.id, { ...plan, ...(message === undefined ? {} : { message }) })
    }
    const table = reflexTable(this.#wires, plans)
    if (table.hash === this.#table?.hash) return
    this.#table = table
    this.#load(table)
  }

  #load(table: ReflexTable): void {
    this.#loadedAt = this.#ctx.clock.since()
    this.#ctx.spawn('tell the board its reflexes', (async () => this.#ctx.board.load(table))())
  }

  #connected(hash: string | undefined): void {
    this.#confirmed = hash
    if (this.#table !== undefined && hash !== this.#table.hash) this.#load(this.#table)
  }
}

/** What stands above the field in the form of the action. */
function titleOfField(params: object, field: string): string {
  const { properties = {} } = params as { properties?: Readonly<Record<string, { title?: string }>> }
  return properties[field]?.title ?? field
}
