// Random days of a board: presses, acknowledgements, releases, hangs, full disks, crashes and torn tails.
import test from 'ava'
import fc from 'fast-check'
import { keyOf } from './journal-records.ts'
import type { PressId, PressReport } from './protocol.ts'
import { createFakeClock } from './testkit/fake-clock.ts'
import { createMemoryDisk } from './testkit/memory-disk.ts'
import { REFLEX, startTestBoard } from './testkit/test-board.ts'

type Step =
  | { readonly what: 'press' | 'crash' | 'power cut' | 'freeze' | 'thaw' | 'fill' | 'make room' | 'settle' }
  | { readonly what: 'acknowledge' | 'release'; readonly which: number }
  | { readonly what: 'wait'; readonly milliseconds: number }

const step: fc.Arbitrary<Step> = fc.oneof(
  { weight: 12, arbitrary: fc.constant<Step>({ what: 'press' }) },
  { weight: 3, arbitrary: fc.nat(1000).map(which => ({ what: 'acknowledge' as const, which })) },
  { weight: 2, arbitrary: fc.nat(1000).map(which => ({ what: 'release' as const, which })) },
  {
    weight: 2,
    arbitrary: fc.integer({ min: 1, max: 3000 }).map(milliseconds => ({ what: 'wait' as const, milliseconds })),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ what: 'settle' }) },
  {
    weight: 2,
    arbitrary: fc.constantFrom<Step>({ what: 'freeze' }, { what: 'thaw' }, { what: 'fill' }, { what: 'make room' }),
  },
  { weight: 1, arbitrary: fc.constantFrom<Step>({ what: 'crash' }, { what: 'power cut' }) },
)

const LOAD = { do: 'load', table: { hash: 'h1', reflexes: [REFLEX] } } as const

test('over random days every press that a journal has is reported until acknowledged, and no number comes twice', async t => {
  let presses = 0
  const day = fc.asyncProperty(fc.array(step, { minLength: 20, maxLength: 120 }), async steps => {
    const ended = await live(steps)
    presses += ended.presses
    return ended.broken.length === 0 || Promise.reject(new Error(ended.broken.join('\n')))
  })
  await fc.assert(day, { numRuns: 90, seed: 20_260_101, includeErrorInReport: true })
  t.true(presses >= 1000, `${presses} presses in all`)
})

async function live(steps: readonly Step[]): Promise<{ presses: number; broken: readonly string[] }> {
  const clock = createFakeClock()
  const broken: string[] = []
  let board = await startTestBoard({ clock })
  board.tell(LOAD)
  const known = new Map<string, PressId>()
  const acknowledged = new Set<string>()
  const released = new Set<string>()
  /** Presses whose line is on the disk, or was in memory when the process died: these must never be forgotten. */
  const onDisk = new Set<string>()
  /** Acknowledged, but a crash may have come before the disk had it: reported again, which is allowed. */
  const forgetful = new Set<string>()
  /** Presses that this run of the board told of. What the last one could not write is lost with it. */
  const held = new Set<string>()
  const again: PressReport[] = []
  let presses = 0
  let heard = 0

  const hear = () => {
    for (const report of board.reports().slice(heard)) {
      const key = keyOf(report)
      if (!report.again && known.has(key)) broken.push(`${key} was given to two presses`)
      if (forgetful.delete(key)) again.push(report)
      else if (acknowledged.has(key)) broken.push(`${key} was reported after its acknowledgement`)
      held.add(key)
      known.set(key, { box: report.box, epoch: report.epoch, sequence: report.sequence })
    }
    heard = board.reports().length
    // As the supervisor's link does: the alarm is durable, only the answer was lost.
    for (const { box, epoch, sequence } of again.splice(0)) {
      board.tell({ do: 'acknowledge', press: { box, epoch, sequence }, alarm: 'alm_1' })
    }
  }
  const settle = async () => {
    board.disk.thaw()
    board.disk.makeRoom()
    clock.advance(1100)
    await board.settled()
    hear()
    for (const key of held) onDisk.add(key)
  }
  const end = async (how: 'crash' | 'power cut') => {
    hear()
    // What the memory file has outlives the process: after a mere crash nothing that was told is forgotten.
    if (how === 'crash') for (const key of held) onDisk.add(key)
    const kept = how === 'crash' ? { memory: board.memory } : {}
    for (const key of acknowledged) forgetful.add(key)
    board.kill()
    held.clear()
    board = await startTestBoard({ clock, disk: createMemoryDisk(new Map(board.disk.files)), ...kept })
    heard = 0
    // The link says its table again after every reconnect.
    board.tell(LOAD)
    const reported = new Set(board.reports().map(keyOf))
    for (const key of onDisk) {
      if (!acknowledged.has(key) && !reported.has(key)) broken.push(`${key} was forgotten`)
    }
    hear()
    const live = [...onDisk].some(key => !released.has(key))
    if (live && board.lines.get('do-1') !== true) broken.push('the strobe of a live press did not come back')
  }
  const pick = (which: number): PressId | undefined => [...known.values()][which % Math.max(1, known.size)]

  for (const s of steps) {
    switch (s.what) {
      case 'press': {
        presses += 1
        const before = board.reports({ again: false }).length
        board.move('in-1', 'press')
        clock.advance(20)
        if (board.reports({ again: false }).length !== before + 1) broken.push('a press was not reported at once')
        if (board.lines.get('do-1') !== true) broken.push('a press did not drive its strobe')
        board.move('in-1', 'release')
        clock.advance(20)
        break
      }
      case 'acknowledge':
      case 'release': {
        const press = pick(s.which)
        if (press === undefined) break
        if (s.what === 'acknowledge') {
          hear()
          acknowledged.add(keyOf(press))
          board.tell({ do: 'acknowledge', press, alarm: 'alm_1' })
        } else {
          released.add(keyOf(press))
          board.tell({ do: 'release', owner: 'alm_1', presses: [press] })
        }
        break
      }
      case 'wait':
        clock.advance(s.milliseconds)
        break
      case 'freeze':
        board.disk.freeze()
        break
      case 'thaw':
        board.disk.thaw()
        break
      case 'fill':
        board.disk.fill()
        break
      case 'make room':
        board.disk.makeRoom()
        break
      case 'settle':
        await settle()
        break
      case 'crash':
      case 'power cut':
        await end(s.what)
        break
    }
    hear()
  }
  await settle()
  await end('power cut')
  board.tell({ do: 'release', owner: 'alm_1', presses: [...known.values()] })
  if (board.lines.get('do-1') === true) broken.push('a strobe stayed on after all clear')
  board.kill()
  return { presses, broken }
}
