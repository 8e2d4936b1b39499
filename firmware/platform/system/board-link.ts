// The supervisor's end of the board: BoardPort over the board's socket, reconnecting for as long as the process lives.
//
// INVARIANTS
// - No command waits. What the board must not miss (table, drives, speakers, acknowledgements, releases) is remembered
//   here and said again after every reconnect, in an order that ends in the wanted state: releases before drives.
// - Every command of that set is idempotent on the board, so saying it twice is harmless.
import { createConnection, type Socket } from 'node:net'
import type { FromBoard, ToBoard } from '../../../board/protocol.ts'
import { lineCutter } from '../../../board/protocol-lines.ts'
import type { BoardEvent, BoardPort, PressId, PressReport, ReflexTable } from '../../kernel/board-port.ts'
import type { Clock } from '../../kernel/clock.ts'
import { PbxError } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/feature.ts'
import { createBoardMemory } from './board-memory.ts'

/** First reconnect after this many milliseconds, doubled up to {@link LONGEST_PATIENCE}. */
const FIRST_PATIENCE = 10
const LONGEST_PATIENCE = 200
/** A connected socket that says no hello in this time is given up; milliseconds. */
const HELLO_PATIENCE = 1000

export interface BoardLinkOptions {
  /** Path of the board's Unix socket. */
  readonly path: string
  readonly clock: Clock
  readonly log: Log
}

export interface BoardLink extends BoardPort {
  /** What the board said is wrong with it, as it was when it was last connected, in its words. */
  problems(): readonly { readonly code: string; readonly text: string }[]
  /** Ends the connection for good; the board goes on by itself. */
  close(): void
}

/** Connects to the board and stays connected; never throws because the board is away. */
export function openBoardLink(o: BoardLinkOptions): BoardLink {
  const memory = createBoardMemory()
  const observers = new Set<(event: BoardEvent) => void>()
  let socket: Socket | undefined
  let greeted = false
  let closed = false
  /** Refused commands shown as problems; a new greeting settles them, and what is refused again shows again. */
  const refused = new Map<string, string>()
  const problems = new Map<string, string>()
  let patience = FIRST_PATIENCE
  let forgetRetry = () => {}

  const emit = (event: BoardEvent) => {
    if (event.type === 'problem' && event.solved) problems.delete(event.code)
    else if (event.type === 'problem') problems.set(event.code, event.text)
    for (const observer of observers) {
      try {
        observer(event)
      } catch (error) {
        o.log.error('an observer of the board threw', { event: event.type, error: String(error) })
      }
    }
  }
  const send = (command: ToBoard) => {
    if (greeted && socket !== undefined) socket.write(`${JSON.stringify(command)}\n`)
  }
  const lost = (mine: Socket) => {
    mine.destroy()
    if (socket !== mine) return
    socket = undefined
    if (greeted) {
      greeted = false
      emit({ type: 'disconnected' })
    }
    if (closed) return
    forgetRetry = o.clock.after(patience, connect)
    patience = Math.min(patience * 2, LONGEST_PATIENCE)
  }
  const heard = (mine: Socket, line: string) => {
    const message = parse(line)
    if (message === undefined) {
      o.log.error('the board said something that is not its protocol', { line: line.slice(0, 200) })
      return
    }
    if (message.say === 'hello' && message.protocol !== 1) {
      const text = `the board speaks protocol ${String(message.protocol)}, this version speaks 1: update both together`
      emit({ type: 'problem', code: 'board.protocol', text, solved: false })
      lost(mine)
      return
    }
    if (message.say === 'hello') {
      greeted = true
      patience = FIRST_PATIENCE
      memory.hello(message)
      for (const [code, text] of refused) emit({ type: 'problem', code, text, solved: true })
      refused.clear()
      // Those that it still has follow its greeting.
      problems.clear()
      for (const command of memory.owed()) send(command)
    }
    const event = eventOf(message)
    if (event !== undefined) emit(event)
  }
  const eventOf = (message: FromBoard): BoardEvent | undefined => {
    switch (message.say) {
      case 'hello': {
        const { profile, epoch, tableHash } = message
        return { type: 'connected', profile, epoch, ...(tableHash === undefined ? {} : { tableHash }) }
      }
      case 'pressed':
        return pressed(message.press)
      case 'let-go': {
        const { say: type, ...hand } = message
        return { type, ...hand }
      }
      case 'input':
        memory.input(message.input)
        return { type: 'input-changed', input: message.input }
      case 'output':
        memory.output(message.output)
        return { type: 'output-changed', output: message.output }
      case 'driven': {
        const { say: type, ...answer } = message
        return { type, ...answer }
      }
      case 'table':
        return { type: 'table-confirmed', hash: message.hash }
      case 'problem':
        return { type: 'problem', code: message.code, text: message.text, solved: message.solved }
      case 'message-played':
        return {
          type: 'message-played',
          press: message.press,
          amplifier: message.amplifier,
          complete: message.complete,
        }
      case 'refused':
        o.log.error('the board refused a command', { command: message.command, why: message.why })
        refused.set(`board.refused:${message.command}`, message.why)
        return { type: 'problem', code: `board.refused:${message.command}`, text: message.why, solved: false }
    }
  }
  // The board died between our acknowledgement and its journal: the alarm is durable, so only the answer is repeated.
  const pressed = (press: PressReport): BoardEvent | undefined => {
    const alarm = memory.alarmOf(press)
    if (alarm === undefined) return { type: 'pressed', press }
    const { box, epoch, sequence } = press
    send({ do: 'acknowledge', press: { box, epoch, sequence }, alarm })
    return undefined
  }
  const connect = () => {
    const mine = createConnection(o.path)
    socket = mine
    const forgetHello = o.clock.after(HELLO_PATIENCE, () => {
      if (!greeted) lost(mine)
    })
    const cut = lineCutter(line => {
      if (socket === mine) heard(mine, line)
    })
    mine.on('data', chunk => {
      if (!cut(chunk)) lost(mine)
    })
    // The reason is in `close`, which always follows: the board is away, and that is shown as `disconnected`.
    mine.on('error', () => {})
    mine.on('close', () => {
      forgetHello()
      lost(mine)
    })
  }
  connect()

  return {
    get connected() {
      return greeted
    },
    get profile() {
      return memory.profile
    },
    inputs: () => memory.inputs(),
    outputs: () => memory.outputs(),
    load(table: ReflexTable) {
      memory.load(table)
      send({ do: 'load', table })
    },
    acknowledge(press: PressId, alarm: string) {
      const { box, epoch, sequence } = press
      memory.acknowledge({ box, epoch, sequence }, alarm)
      send({ do: 'acknowledge', press: { box, epoch, sequence }, alarm })
    },
    audioLeaving({ box, epoch, sequence }: PressId) {
      send({ do: 'audio-leaving', press: { box, epoch, sequence } })
    },
    drive(drive) {
      memory.drive(drive)
      send({ do: 'drive', ...drive })
    },
    release(owner, presses = []) {
      const ids = presses.map(({ box, epoch, sequence }) => ({ box, epoch, sequence }))
      memory.release(owner, ids)
      send({ do: 'release', owner, presses: ids })
    },
    amplifierAddress: amplifier => memory.amplifierAddress(amplifier),
    speak(amplifier, speaker, owner) {
      for (const command of memory.speak(amplifier, speaker, owner)) send(command)
    },
    problems: () => [...problems].map(([code, text]) => ({ code, text })),
    lampTest: () => send({ do: 'lamp-test' }),
    operate(input, how) {
      if (!greeted) throw new PbxError('board.not-connected', 'the board is not connected', { status: 503 })
      if (memory.profile?.driver !== 'simulated') {
        throw new PbxError('board.not-simulated', 'only inputs of the simulated board can be operated from here', {
          status: 409,
        })
      }
      send({ do: 'operate', input, how })
    },
    on(observer) {
      observers.add(observer)
      return () => observers.delete(observer)
    },
    close() {
      closed = true
      forgetRetry()
      const mine = socket
      if (mine !== undefined) lost(mine)
    },
  }
}

/** The message of a line, or undefined when it is none: what the board of another version adds is not an error here. */
function parse(line: string): FromBoard | undefined {
  try {
    const message: unknown = JSON.parse(line)
    if (typeof message === 'object' && message !== null && 'say' in message) return message as FromBoard
    return undefined
  } catch {
    return undefined
  }
}
