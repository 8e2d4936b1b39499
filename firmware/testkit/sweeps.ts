// Sweeps: a story is told again and again, each time with another command of the switch or the board going wrong, or the box dying there.
import type { ExecutionContext } from 'ava'
import { type Box, type ScenarioOptions, scenario } from './scenario.ts'

/** A story of steps that people and phones take, one after another; what the box makes of each is settled before the next. */
export interface Story {
  readonly title: string
  readonly box: ScenarioOptions
  readonly steps: readonly ((box: Box) => void | Promise<void>)[]
  /** What must hold however it went; beside that nothing may be left of it. */
  check?(t: ExecutionContext, box: Box, where: string): void
}

/** How long the box is given to notice what people did in the end. */
export const PATIENCE = '2m'

/** The nth command to the switch throws, for every n that the story needs. */
export const sweepFaults = (t: ExecutionContext, story: Story): Promise<void> =>
  sweep(t, story, { what: 'fault', arm: (box, nth) => box.sip.failAt(nth) })

/** The nth command to the switch is swallowed: nothing happens, no event follows. */
export const sweepHangs = (t: ExecutionContext, story: Story): Promise<void> =>
  sweep(t, story, { what: 'hang', arm: (box, nth) => box.sip.hangAt(nth) })

/** The supervisor dies at the nth command or batch of events and starts again. */
export const sweepRestarts = (t: ExecutionContext, story: Story): Promise<void> =>
  sweep(t, story, { what: 'restart', arm: (box, nth) => box.sip.dieAt(nth, () => box.dies()) })

/** The nth command to the board throws. */
export const sweepBoardFaults = (t: ExecutionContext, story: Story): Promise<void> =>
  sweep(t, story, { what: 'board fault', arm: (box, nth) => box.board.failAt(nth), steps: box => box.board.given })

/** All three sweeps over the switch. */
export async function sweepAll(t: ExecutionContext, story: Story): Promise<void> {
  await sweepFaults(t, story)
  await sweepHangs(t, story)
  await sweepRestarts(t, story)
}

interface Sweep {
  readonly what: string
  arm(box: Box, nth: number): void
  steps?(box: Box): number
}

async function sweep(t: ExecutionContext, story: Story, o: Sweep): Promise<void> {
  const total = await countSteps(story, o)
  t.true(total > 0, `${story.title}: the story gives no command that could go wrong`)
  for (let nth = 1; nth <= total; nth += 1) await once(t, story, { ...o, nth })
}

async function countSteps(story: Story, o: Sweep): Promise<number> {
  const box = await scenario(story.box)
  const steps = o.steps ?? (o.what === 'restart' ? one => one.sip.steps : one => one.sip.commands.length)
  const before = steps(box)
  // A phone hangs up even where the box has done so: in some of the runs it will not have.
  box.sip.lenient = true
  await tell(box, story)
  const total = steps(box) - before
  await box.ends()
  return total
}

async function tell(box: Box, story: Story): Promise<void> {
  for (const step of story.steps) {
    await step(box)
    await box.settles()
    if (box.isDead) await box.restarts()
  }
}

async function once(t: ExecutionContext, story: Story, o: Sweep & { nth: number }): Promise<void> {
  const where = `${story.title}, ${o.what} at ${o.nth}`
  const rejections: unknown[] = []
  const reject = (reason: unknown) => void rejections.push(reason)
  process.on('unhandledRejection', reject)
  const box = await scenario(story.box)
  try {
    box.sip.lenient = true
    o.arm(box, o.nth)
    await tell(box, story)
    await box.passes(PATIENCE)
    if (box.isDead) await box.restarts()
    await box.passes(PATIENCE)
    nothingLeft(t, box, where)
    everyCallEnded(t, box, { where, mayBeCut: o.what === 'restart' })
    story.check?.(t, box, where)
  } finally {
    process.off('unhandledRejection', reject)
    await box.ends()
  }
  t.deepEqual(rejections, [], `${where}: a promise was left alone`)
}

/** Switch, kernel and live facts hold no call and no page. */
export function nothingLeft(t: ExecutionContext, box: Box, where: string): void {
  const { legs, players, recorders, mixes, pages } = box.sip.dump()
  t.deepEqual({ legs, players, recorders, mixes, pages }, NOTHING, `${where}: the switch still holds something`)
  t.is(box.calls.length, 0, `${where}: a call is still live`)
  t.is(box.host.calls.pages().length, 0, `${where}: a page still runs`)
  const kept = box.live.collection('kernel.calls', { keep: 'restart' }).all()
  t.is(kept.size, 0, `${where}: a call is still kept`)
}

const NOTHING = { legs: [], players: 0, recorders: 0, mixes: 0, pages: 0 }

/** Each call ends once, with a cause. A call whose last words fell into a crash has none: its record is closed at start. */
export function everyCallEnded(t: ExecutionContext, box: Box, o: { where: string; mayBeCut: boolean }): void {
  const ended = box.facts('call.ended')
  for (const { call } of box.facts('call.began')) {
    const times = ended.filter(one => one.call === call).length
    t.true(times === 1 || (o.mayBeCut && times === 0), `${o.where}: call ${call} ended ${times} times`)
  }
}
