// What every BoardPort promises, as one suite: the fake of scenario tests is kept honest by the link to a real board.
import type { ExecutionContext } from 'ava'
import type { BoardEvent, BoardPort, PressReport, ReflexTable } from '../kernel/board-port.ts'

export interface BoardRig {
  /** Connected; inputs `in-1` and `in-6` (two contacts), outputs `strobe-1` and `lamp-1`, amplifier `amplifier-1`. */
  readonly port: BoardPort
  press(input: string): void
  cut(input: string): void
  /** Waits for what other processes do; on the fake it need not wait at all. */
  until(what: string, condition: () => boolean): Promise<void>
  close(): Promise<void>
}

const STEADY = { kind: 'steady' } as const
const TABLE: ReflexTable = {
  hash: 'contract-1',
  reflexes: [{ input: 'in-1', plan: 'evacuation', priority: 90, outputs: [{ output: 'strobe-1', pattern: STEADY }] }],
}

/** `test` or `test.serial`. */
type Tests = (title: string, body: (t: ExecutionContext) => Promise<void>) => void

export function boardPortContract(test: Tests, o: { name: string; open(): Promise<BoardRig> }): void {
  const rigTest = (what: string, body: (rig: BoardRig, events: readonly BoardEvent[]) => Promise<boolean>) => {
    test(`${o.name}: ${what}`, async t => {
      const rig = await o.open()
      const events: BoardEvent[] = []
      const forget = rig.port.on(event => void events.push(event))
      try {
        t.true(await body(rig, events))
      } finally {
        forget()
        await rig.close()
      }
    })
  }
  const pressesOf = (events: readonly BoardEvent[]): PressReport[] =>
    events.flatMap(e => (e.type === 'pressed' ? [e.press] : []))
  const isOn = (rig: BoardRig, output: string) => rig.port.outputs().some(s => s.output === output && s.on)
  const ownerOf = (rig: BoardRig, output: string) => rig.port.outputs().find(s => s.output === output)?.owner

  rigTest('a table is confirmed by its hash', async (rig, events) => {
    rig.port.load(TABLE)
    await rig.until('confirmed', () => events.some(e => e.type === 'table-confirmed' && e.hash === TABLE.hash))
    return true
  })

  rigTest('a press fires its reflexes, and release ends them', async (rig, events) => {
    rig.port.load(TABLE)
    await rig.until('confirmed', () => events.some(e => e.type === 'table-confirmed' && e.hash === TABLE.hash))
    rig.press('in-1')
    await rig.until('strobe', () => isOn(rig, 'strobe-1'))
    await rig.until('press', () => pressesOf(events).length > 0)
    const reflex = ownerOf(rig, 'strobe-1')?.startsWith('reflex:evacuation') === true
    const presses = pressesOf(events)
    rig.port.release('alm_1', presses)
    await rig.until('all clear', () => !isOn(rig, 'strobe-1'))
    return reflex && presses[0]?.input === 'in-1' && presses[0].again === false
  })

  rigTest('two presses have two numbers of one epoch', async (rig, events) => {
    rig.press('in-1')
    await rig.until('first', () => pressesOf(events).length > 0)
    rig.press('in-2')
    await rig.until('second', () => pressesOf(events).some(p => p.input === 'in-2'))
    const known = new Map(pressesOf(events).map(p => [p.input, p]))
    const [a, b] = [known.get('in-1'), known.get('in-2')]
    return a !== undefined && b !== undefined && a.epoch === b.epoch && a.sequence !== b.sequence
  })

  rigTest('the strongest hand on an output counts, and another owner’s release does not touch it', async rig => {
    rig.port.drive({ output: 'lamp-1', pattern: STEADY, owner: 'weak', priority: 1 })
    await rig.until('weak', () => ownerOf(rig, 'lamp-1') === 'weak')
    rig.port.drive({ output: 'lamp-1', pattern: STEADY, owner: 'strong', priority: 9 })
    await rig.until('strong', () => ownerOf(rig, 'lamp-1') === 'strong')
    rig.port.release('weak')
    rig.port.release('strong')
    await rig.until('off', () => !isOn(rig, 'lamp-1'))
    return true
  })

  rigTest('contacts that disagree are a fault and no press', async (rig, events) => {
    rig.cut('in-6')
    await rig.until('fault', () => rig.port.inputs().some(i => i.input === 'in-6' && i.state === 'fault'))
    return pressesOf(events).length === 0
  })

  rigTest(
    'a button that must be held is pressed by a hand that stays; a hand that goes before is told and is no press',
    async (rig, events) => {
      const holds = [
        { input: 'in-1', milliseconds: 5000 },
        { input: 'in-3', milliseconds: 50 },
      ]
      rig.port.load({ ...TABLE, hash: 'contract-2', holds })
      await rig.until('confirmed', () => events.some(e => e.type === 'table-confirmed' && e.hash === 'contract-2'))
      rig.port.operate('in-1', 'press')
      await rig.until('a hand', () => rig.port.inputs().some(i => i.input === 'in-1' && i.state === 'pressed'))
      rig.port.operate('in-1', 'release')
      await rig.until('no hand', () => events.some(e => e.type === 'let-go' && e.input === 'in-1'))
      const early = events.find(e => e.type === 'let-go')
      const shy = pressesOf(events).length === 0 && !isOn(rig, 'strobe-1')
      rig.port.operate('in-3', 'press')
      await rig.until('press', () => pressesOf(events).some(p => p.input === 'in-3'))
      rig.port.operate('in-3', 'release')
      return shy && early?.type === 'let-go' && early.neededMilliseconds === 5000 && early.heldMilliseconds < 5000
    },
  )

  rigTest('an amplifier has an address, and one that is not there has none', rig => {
    const address = rig.port.amplifierAddress('amplifier-1')
    return Promise.resolve(address?.host === '127.0.0.1' && rig.port.amplifierAddress('nowhere') === undefined)
  })

  rigTest('a simulated input is operated through the port', async (rig, events) => {
    rig.port.operate('in-3', 'press')
    await rig.until('press', () => pressesOf(events).some(p => p.input === 'in-3'))
    rig.port.operate('in-3', 'release')
    await rig.until('rest', () => rig.port.inputs().every(i => i.input !== 'in-3' || i.state === 'rest'))
    return true
  })
}
