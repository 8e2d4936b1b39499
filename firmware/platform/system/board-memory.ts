// What the supervisor remembers of its board: the last known state, and everything to be said again after a reconnect.
import type { FromBoard, ToBoard } from '../../../board/protocol.ts'
import type { BoardProfile, InputState, OutputState, Pattern, PressId, ReflexTable } from '../../kernel/board-port.ts'

/** Acknowledgements and releases remembered; older ones have long been journalled by the board. */
const REMEMBERED = 2000

type Hello = Extract<FromBoard, { say: 'hello' }>
interface Drive {
  readonly output: string
  readonly pattern: Pattern
  readonly owner: string
  readonly priority: number
}
interface Speaker {
  readonly owner: string
  readonly priority: number
  readonly ssrc: number
}

export interface BoardMemory {
  readonly profile: BoardProfile | undefined
  inputs(): readonly InputState[]
  outputs(): readonly OutputState[]
  amplifierAddress(amplifier: string): { readonly host: string; readonly port: number } | undefined
  hello(message: Hello): void
  input(state: InputState): void
  output(state: OutputState): void
  load(table: ReflexTable): void
  acknowledge(press: PressId, alarm: string): void
  /** The alarm that a press was acknowledged with, if it was. */
  alarmOf(press: PressId): string | undefined
  drive(drive: Drive): void
  release(owner: string, presses: readonly PressId[]): void
  /** Notes who speaks and returns what the board is to be told. */
  speak(amplifier: string, speaker: Speaker | undefined, owner: string | undefined): readonly ToBoard[]
  /** Everything the board must hear after a reconnect, in order. */
  owed(): readonly ToBoard[]
}

export const pressKey = (press: PressId): string => `${press.box}/${press.epoch}/${press.sequence}`

export function createBoardMemory(): BoardMemory {
  let profile: BoardProfile | undefined
  let ports: Readonly<Record<string, number>> = {}
  let table: ReflexTable | undefined
  const inputs = new Map<string, InputState>()
  const outputs = new Map<string, OutputState>()
  const acknowledged = new Map<string, { press: PressId; alarm: string }>()
  const released = new Map<string, { owner: string; presses: Map<string, PressId> }>()
  const drives = new Map<string, Drive>()
  const speakers = new Map<string, { amplifier: string; speaker: Speaker }>()

  return {
    get profile() {
      return profile
    },
    inputs: () => [...inputs.values()],
    outputs: () => [...outputs.values()],
    amplifierAddress(amplifier) {
      const port = ports[amplifier]
      return port === undefined ? undefined : { host: '127.0.0.1', port }
    },
    hello(message) {
      profile = message.profile
      ports = message.amplifierPorts
      inputs.clear()
      outputs.clear()
      for (const state of message.inputs) inputs.set(state.input, state)
      for (const state of message.outputs) outputs.set(state.output, state)
    },
    input: state => void inputs.set(state.input, state),
    output: state => void outputs.set(state.output, state),
    load(wanted) {
      table = wanted
    },
    acknowledge(press, alarm) {
      acknowledged.set(pressKey(press), { press, alarm })
      forgetOldest(acknowledged)
    },
    alarmOf: press => acknowledged.get(pressKey(press))?.alarm,
    drive: drive => void drives.set(`${drive.owner}\n${drive.output}`, drive),
    release(owner, presses) {
      for (const [key, drive] of drives) if (drive.owner === owner) drives.delete(key)
      const known = released.get(owner) ?? { owner, presses: new Map<string, PressId>() }
      for (const press of presses) known.presses.set(pressKey(press), press)
      released.delete(owner)
      released.set(owner, known)
      forgetOldest(released)
    },
    speak(amplifier, speaker, owner) {
      if (speaker !== undefined) {
        speakers.set(`${amplifier}\n${speaker.owner}`, { amplifier, speaker })
        return [{ do: 'speak', amplifier, ...speaker }]
      }
      const ending = [...speakers.values()].filter(
        s => s.amplifier === amplifier && (owner === undefined || s.speaker.owner === owner),
      )
      for (const s of ending) speakers.delete(`${amplifier}\n${s.speaker.owner}`)
      return ending.map(s => ({ do: 'silence', amplifier, owner: s.speaker.owner }))
    },
    owed: () => [
      ...(table === undefined ? [] : [{ do: 'load' as const, table }]),
      ...[...acknowledged.values()].map(a => ({ do: 'acknowledge' as const, ...a })),
      ...[...released.values()].map(r => ({
        do: 'release' as const,
        owner: r.owner,
        presses: [...r.presses.values()],
      })),
      ...[...drives.values()].map(d => ({ do: 'drive' as const, ...d })),
      ...[...speakers.values()].map(s => ({ do: 'speak' as const, amplifier: s.amplifier, ...s.speaker })),
    ],
  }
}

function forgetOldest(map: Map<string, unknown>) {
  const oldest = map.keys().next()
  if (map.size > REMEMBERED && oldest.done !== true) map.delete(oldest.value)
}
