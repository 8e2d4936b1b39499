// What every driver of the board promises, as one suite that runs over the simulated one and over real ones alike.
import type { TestFn } from 'ava'
import type { BoardObserver, Driver, Operation, Reading } from './board.ts'
import { terminalsOf } from './board.ts'
import { systemClock } from './clock.ts'
import type { BoardProfile } from './protocol.ts'

/** A driver and the hands and eyes of somebody outside the board. */
export interface ContractRig {
  readonly profile: BoardProfile
  readonly driver: Driver
  move(input: string, how: Operation): void
  /** The level of an output line as seen from outside; only where the profile has outputs. */
  level?(line: string): boolean
  /** Takes everything down; called after every test. */
  close(): Promise<void>
}

export interface ContractOptions {
  readonly name: string
  /** A fresh board with every input at rest. */
  open(): Promise<ContractRig>
  /** The driver tells a change and its reversal although both happened before it looked. */
  readonly keepsEdges: boolean
  readonly outputs: boolean
}

interface Told {
  readonly terminal: string
  readonly value: Reading
  readonly at: number
}

export function boardContract(test: TestFn, o: ContractOptions): void {
  const title = (what: string) => `${o.name}: ${what}`
  const rigTest = (what: string, body: (rig: ContractRig, told: Told[]) => Promise<boolean>) => {
    test(title(what), async t => {
      const rig = await o.open()
      const told: Told[] = []
      try {
        t.true(await body(rig, told))
      } finally {
        rig.driver.close()
        await rig.close()
      }
    })
  }

  rigTest('the start tells the level of every terminal', async (rig, told) => {
    await rig.driver.start(observer(told))
    const terminals = rig.profile.inputs.flatMap(i => terminalsOf(i.wiring))
    return until(() => terminals.every(terminal => told.some(x => x.terminal === terminal)))
  })

  rigTest('a button that moves is told with a time between the moving and the telling', async (rig, told) => {
    await rig.driver.start(observer(told))
    const [input] = rig.profile.inputs
    const terminal = input === undefined ? undefined : terminalsOf(input.wiring)[0]
    if (input === undefined || terminal === undefined) return false
    await until(() => told.some(x => x.terminal === terminal))
    const rest = told.findLast(x => x.terminal === terminal)?.value
    const before = systemClock.since()
    rig.move(input.id, 'press')
    const moved = await until(() => told.some(x => x.terminal === terminal && x.value !== rest))
    const change = told.findLast(x => x.terminal === terminal)
    return moved && change !== undefined && change.at >= before && change.at <= systemClock.since()
  })

  rigTest('a button that was pressed before the start is told as pressed', async (rig, told) => {
    const [input] = rig.profile.inputs
    const terminal = input === undefined ? undefined : terminalsOf(input.wiring)[0]
    if (input === undefined || terminal === undefined) return false
    rig.move(input.id, 'press')
    await rig.driver.start(observer(told))
    await until(() => told.some(x => x.terminal === terminal))
    const first = told.find(x => x.terminal === terminal)?.value
    rig.move(input.id, 'release')
    return until(() => told.some(x => x.terminal === terminal && x.value !== first))
  })

  if (o.keepsEdges) {
    rigTest('moves that follow one another at once are all told, in order', async (rig, told) => {
      await rig.driver.start(observer(told))
      const [input] = rig.profile.inputs
      const terminal = input === undefined ? undefined : terminalsOf(input.wiring)[0]
      if (input === undefined || terminal === undefined) return false
      await until(() => told.some(x => x.terminal === terminal))
      const from = told.filter(x => x.terminal === terminal).length
      for (let i = 0; i < 20; i += 1) rig.move(input.id, i % 2 === 0 ? 'press' : 'release')
      const changes = () => told.filter(x => x.terminal === terminal).slice(from)
      const all = await until(() => changes().length >= 20)
      const ordered = changes().every((x, i, list) => i === 0 || x.at >= (list[i - 1]?.at ?? 0))
      return all && ordered && changes().every((x, i, list) => i === 0 || x.value !== list[i - 1]?.value)
    })
  }
  if (!o.outputs) return

  rigTest('an output that is set is seen from outside', async rig => {
    const line = rig.profile.outputs[0]?.line
    if (line === undefined || rig.level === undefined) return false
    await rig.driver.start(observer([]))
    rig.driver.set(line, true)
    const on = await until(() => rig.level?.(line) === true)
    rig.driver.set(line, false)
    return on && (await until(() => rig.level?.(line) === false))
  })

  rigTest('an output that was set before the start has its level from the start', async rig => {
    const line = rig.profile.outputs[0]?.line
    if (line === undefined || rig.level === undefined) return false
    rig.driver.set(line, true)
    await rig.driver.start(observer([]))
    return until(() => rig.level?.(line) === true)
  })
}

function observer(told: Told[]): BoardObserver {
  return {
    reading: (terminal, value, at) => void told.push({ terminal, value, at }),
    problem(code, text, state) {
      if (state === 'raised') throw new Error(`${code}: ${text}`)
    },
  }
}

/** Polls, because other processes and kernels are involved; false after five seconds. */
async function until(condition: () => boolean): Promise<boolean> {
  for (const deadline = systemClock.since() + 5000; systemClock.since() < deadline; ) {
    if (condition()) return true
    await new Promise(resolve => {
      setTimeout(resolve, 2)
    })
  }
  return false
}
