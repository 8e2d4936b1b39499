// The sweeps that every scenario meets: its body is told with the nth command failing, swallowed, or the box dying there; nothing may be left.
import { createHash } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import { settled } from './fake-clock.ts'
import { muted } from './muted.ts'
import type { Box } from './scenario.ts'
import { sweeping, type Telling } from './sweeping.ts'
import { everyCallEnded, nothingLeft, PATIENCE } from './sweeps.ts'

type Body = (t: ExecutionContext) => void | Promise<void>
type Kind = 'fault' | 'hang' | 'restart' | 'board fault'

interface Disturbed {
  readonly kind: Kind
  /** From the moment when the box is open. */
  readonly nth: number
}

/**
 * How many places of each sweep a scenario meets in an ordinary run. Which ones is drawn by its title, so that three hundred
 * scenarios meet every command in every state; `SWEEP=every` tries every place of every scenario.
 */
const PLACES: Readonly<Record<Kind, number>> = { fault: 1, hang: 1, restart: 1, 'board fault': 1 }
const KINDS = Object.keys(PLACES) as Kind[]
/** Rounds of the event loop without anything happening, beside those of the undisturbed telling, after which a body waits in vain. */
const IDLE_ROUNDS = 12

/** Tells a scenario undisturbed, then once for every place of every sweep. */
export async function sweepTelling(t: ExecutionContext, body: Body): Promise<void> {
  const plain = await tell(t, body, undefined)
  const places = KINDS.flatMap(kind => placesOf(kind, plain, t.title).map(nth => ({ kind, nth })))
  for (const place of places) await tell(t, body, { ...place, plain })
}

interface Told {
  /** To the switch, from when the box was open. */
  readonly commands: number
  readonly steps: number
  readonly boardCommands: number
  readonly longest: number
  /** When all have hung up, the undisturbed box is empty by itself: no page, no call that somebody must end. */
  readonly tidy: boolean
}

/** Evenly spread, from a beginning that the title draws. */
function placesOf(kind: Kind, plain: Told, title: string): readonly number[] {
  const total = {
    fault: plain.commands,
    hang: plain.commands,
    restart: plain.steps,
    'board fault': plain.boardCommands,
  }[kind]
  const all = Array.from({ length: total }, (_, index) => index + 1)
  const count = PLACES[kind]
  if (process.env.SWEEP === 'every' || total <= count) return all
  const drawn = createHash('sha256').update(`${kind} ${title}`).digest().readUInt32BE()
  return all.filter((_, index) => (((index + drawn) % total) * count) % total < count)
}

/** One telling. */
class Retelling implements Telling {
  readonly boxes: Box[] = []
  readonly #disturbed: Disturbed | undefined
  #given = false
  #birth: Promise<void> = Promise.resolve()
  #start = { commands: 0, steps: 0, board: 0 }

  constructor(disturbed: Disturbed | undefined) {
    this.#disturbed = disturbed
  }

  opened(box: Box): void {
    this.boxes.push(box)
    if (this.boxes.length > 1) return
    this.#start = { commands: box.sip.commands.length, steps: box.sip.steps, board: box.board.given }
    box.sip.lenient = true
    const { kind, nth } = this.#disturbed ?? {}
    if (nth === undefined) return
    if (kind === 'board fault') box.board.sweptAt = this.#start.board + nth
    else if (kind === 'restart') box.sip.sweep = { kind, at: this.#start.steps + nth, death: () => this.#dies(box) }
    else if (kind !== undefined) box.sip.sweep = { kind, at: this.#start.commands + nth }
  }

  #dies(box: Box): void {
    box.dies()
    // As systemd does: by itself, a moment later.
    this.#birth = settled().then(() => box.startsAgain())
  }

  async goesOn(): Promise<void> {
    await this.#birth
    if (this.#given) await new Promise(() => {})
  }

  /** The body waits for what will not come; whatever it awaits from now on stays open, so that it acts no more. */
  giveUp(): void {
    this.#given = true
  }

  get birth(): Promise<void> {
    return this.#birth
  }

  /** What was done since the box was open. */
  told(): Omit<Told, 'tidy' | 'longest'> {
    const [box] = this.boxes
    if (!box) return { commands: 0, steps: 0, boardCommands: 0 }
    return {
      commands: box.sip.commands.length - this.#start.commands,
      steps: box.sip.steps - this.#start.steps,
      boardCommands: box.board.given - this.#start.board,
    }
  }
}

async function tell(t: ExecutionContext, body: Body, o: (Disturbed & { plain: Told }) | undefined): Promise<Told> {
  const where = o === undefined ? 'undisturbed' : `${o.kind} at ${o.nth}`
  const telling = new Retelling(o)
  const rejections: unknown[] = []
  const reject = (reason: unknown, promise: Promise<unknown>) => {
    rejections.push(reason)
    promise.catch(() => undefined)
  }
  process.on('unhandledRejection', reject)
  try {
    const silent = muted(t)
    const patience = o === undefined ? Number.POSITIVE_INFINITY : IDLE_ROUNDS + 4 * o.plain.longest
    const { whole: complete, longest } = await toldWhole(telling, () => body(silent.t), patience)
    if (o === undefined) t.true(complete, 'the scenario itself broke off')
    const told = telling.told()
    await telling.birth
    const tidies: boolean[] = []
    for (const box of telling.boxes)
      tidies.push(await leaves(t, box, { where, complete, expected: o?.plain.tidy ?? false }))
    for (const work of silent.teardowns) await work()
    // A body that broke off may have left its own promises alone.
    if (complete) t.deepEqual(rejections, [], `${where}: a promise was left alone`)
    return { ...told, longest, tidy: tidies.every(Boolean) }
  } finally {
    process.off('unhandledRejection', reject)
  }
}

/** Runs the body; it is not `whole` when it broke off, or waits for what will not come. */
async function toldWhole(telling: Retelling, body: () => void | Promise<void>, patience: number): Promise<Course> {
  let outcome: 'whole' | 'broken' | undefined
  sweeping.telling = telling
  const finished = (async () => body())().then(
    () => {
      outcome = 'whole'
    },
    () => {
      outcome = 'broken'
    },
  )
  let [seen, idle, longest] = [-1, 0, 0]
  while (outcome === undefined && idle < patience) {
    await Promise.race([finished, settled()])
    const now = telling.boxes.reduce((sum, box) => sum + box.sip.steps + box.sip.events.length + box.clock.since(), 0)
    idle = now === seen && telling.boxes.length > 0 ? idle + 1 : 0
    longest = Math.max(longest, idle)
    seen = now
  }
  sweeping.telling = undefined
  if (outcome === undefined) telling.giveUp()
  return { whole: outcome === 'whole', longest }
}

interface Course {
  readonly whole: boolean
  /** Rounds in a row in which nothing was seen to happen: files are read, sounds are made. */
  readonly longest: number
}

interface Leaving {
  readonly where: string
  readonly complete: boolean
  /** Whether the undisturbed box was empty when all had hung up. */
  readonly expected: boolean
}

/** Everyone hangs up, time passes: nothing may be left. Returns whether the box came to that by itself. */
async function leaves(t: ExecutionContext, box: Box, o: Leaving): Promise<boolean> {
  box.live.recover()
  for (let round = 0; round < 2; round += 1) {
    for (const phone of box.sip.phones.values())
      for (const leg of phone.legs)
        if (leg.state !== 'over') box.sip.farEnded(leg.leg, leg.state === 'talking' ? 200 : 487)
    await box.clock.advance(PATIENCE)
  }
  const tidy = box.calls.length === 0 && box.host.calls.pages().length === 0 && box.sip.dump().pages === 0
  if (o.complete && o.expected) nothingLeft(t, box, o.where)
  for (const call of box.calls) call.end('cancelled')
  for (const page of box.host.calls.pages()) page.stop()
  await box.clock.advance('10s')
  nothingLeft(t, box, o.where)
  everyCallEnded(t, box, { where: o.where, mayBeCut: box.lives > 1 })
  await box.endsForGood()
  return tidy
}
