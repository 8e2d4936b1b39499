// The board as scenario tests have it: buttons that a test presses, outputs that it reads, a socket that it cuts.
import type {
  BoardEvent,
  BoardPort,
  BoardProfile,
  InputState,
  OutputState,
  Pattern,
  PressId,
  PressReport,
  ReflexTable,
} from '../kernel/board-port.ts'
import type { Clock } from '../kernel/clock.ts'
import { PbxError } from '../kernel/errors.ts'

/** A command as the board was given it, in order. */
export type BoardCommand =
  | { readonly do: 'load'; readonly table: ReflexTable }
  | { readonly do: 'acknowledge'; readonly press: PressId; readonly alarm: string }
  | { readonly do: 'audio-leaving'; readonly press: PressId }
  | {
      readonly do: 'drive'
      readonly output: string
      readonly pattern: Pattern
      readonly owner: string
      readonly priority: number
    }
  | { readonly do: 'release'; readonly owner: string; readonly presses: readonly PressId[] }
  | {
      readonly do: 'speak'
      readonly amplifier: string
      readonly owner: string
      readonly priority: number
      readonly ssrc: number
    }
  | { readonly do: 'silence'; readonly amplifier: string; readonly owner?: string }
  | { readonly do: 'lamp-test' }
  | { readonly do: 'operate'; readonly input: string; readonly how: Operation }
type Operation = 'press' | 'release' | 'cut' | 'short' | 'mend'

export interface FakeBoardOptions {
  readonly profile?: BoardProfile
  /** With a clock the board reports again every second and plays its message 250 ms after a press, as the real one does. */
  readonly clock?: Clock
}

export interface FakeBoard extends BoardPort {
  /** Every command that reached the board, in order; what was said while it was away reaches it on `connect()`. */
  readonly commands: readonly BoardCommand[]
  /** Presses and lets go. Returns what was reported. */
  press(input: string): PressReport
  /** Keeps a hand on it; `letGo` ends that. Returns what was reported, unless it must be held first. */
  hold(input: string): PressReport | undefined
  letGo(input: string): void
  /** Cuts the wire: what the wiring kind can tell (a press, or a fault). */
  cut(input: string): PressReport | undefined
  /** What the board finds out about a button by itself: that it is stuck, or chatters. */
  shows(state: InputState): void
  mend(input: string): void
  /** An output that does not take what it is told, until it is broken with nothing. */
  breaks(output: string, fault: string | undefined): void
  /** Who drives an output, strongest first; reflexes appear as `reflex:<plan>`. */
  drivers(output: string): readonly { readonly owner: string; readonly priority: number; readonly pattern: Pattern }[]
  /** Whether an output is driven (a blinking output counts as on). */
  isOn(output: string): boolean
  /** Reports every unacknowledged press again, as after a second. */
  reportAgain(): void
  readonly unacknowledged: readonly PressId[]
  /** Who was announced on an amplifier and not ended. */
  speakers(amplifier: string): readonly string[]
  /** The socket drops; commands are kept and reach the board on `connect()`. */
  disconnect(): void
  connect(): void
  /** The nth command from now (1 is the next) throws. */
  failAt(nth: number): void
  /** The nth command from now is swallowed, as by a process that hangs; those after it too until `recover()`. */
  hangAt(nth: number): void
  recover(): void
  /** How many commands were given so far, for sweeps. */
  readonly given: number
  /** The command that a sweep makes fail, beside what the test asks for; counted from the board's beginning. */
  sweptAt: number
}

/** Eight buttons, four strobes, four relays, eight lamps, two amplifiers: the shape of the default simulated board. */
export const FAKE_PROFILE: BoardProfile = {
  box: 'box-1',
  driver: 'simulated',
  inputs: Array.from({ length: 8 }, (_, i) => ({
    id: `in-${i + 1}`,
    label: `Input ${i + 1}`,
    wiring:
      i === 5
        ? { kind: 'two-contacts' as const, closed: 'di-6', open: 'di-7' }
        : { kind: 'normally-closed' as const, line: `di-${i < 5 ? i + 1 : i + 2}` },
    debounceMilliseconds: 15,
  })),
  outputs: [...outputsOf('strobe', 'Strobe', 4), ...outputsOf('relay', 'Relay', 4), ...outputsOf('lamp', 'Lamp', 8)],
  amplifiers: [
    { id: 'amplifier-1', label: 'Amplifier 1', relay: 'relay-3', settleMilliseconds: 60, device: 'amplifier-1' },
    { id: 'amplifier-2', label: 'Amplifier 2', relay: 'relay-4', settleMilliseconds: 60, device: 'amplifier-2' },
  ],
}

function outputsOf(use: 'strobe' | 'relay' | 'lamp', label: string, count: number) {
  return Array.from({ length: count }, (_, i) => ({
    id: `${use}-${i + 1}`,
    label: `${label} ${i + 1}`,
    use,
    line: `do-${use}-${i + 1}`,
    failSafe: 'off' as const,
  }))
}

interface Hand {
  readonly owner: string
  readonly priority: number
  readonly pattern: Pattern
  /** Set for reflexes: released with the press. */
  readonly press?: string
}
const keyOf = (press: PressId) => `${press.box}/${press.epoch}/${press.sequence}`

/** A board in memory behind the supervisor's own port. */
export function createFakeBoard(o: FakeBoardOptions = {}): FakeBoard {
  const profile = o.profile ?? FAKE_PROFILE
  const epoch = 'fake-epoch'
  const observers = new Set<(event: BoardEvent) => void>()
  const commands: BoardCommand[] = []
  const waiting: BoardCommand[] = []
  const inputs = new Map<string, InputState>(profile.inputs.map(i => [i.id, { input: i.id, state: 'rest' }]))
  const hands = new Map<string, Hand[]>(profile.outputs.map(out => [out.id, []]))
  const faults = new Map<string, string>()
  const reported = new Map<string, { press: PressReport; since: number }>()
  const messages = new Map<string, () => void>()
  const speaking = new Map<string, Set<string>>()
  let table: ReflexTable | undefined
  let connected = true
  let sequence = 0
  let given = 0
  let sweptAt = 0
  let failing = 0
  let hanging = 0
  let hung = false

  const emit = (event: BoardEvent) => {
    if (connected) for (const observer of observers) observer(event)
  }
  const stateOf = (output: string): OutputState => {
    const first = hands.get(output)?.[0]
    const failSafe = profile.outputs.find(out => out.id === output)?.failSafe === 'on'
    const fault = faults.get(output)
    const wrong = fault === undefined ? {} : { fault }
    return first === undefined ? { output, on: failSafe, ...wrong } : { output, on: true, owner: first.owner, ...wrong }
  }
  const changeHands = (output: string, change: (now: Hand[]) => Hand[]) => {
    const before = stateOf(output)
    const next = change(hands.get(output) ?? []).sort((a, b) => b.priority - a.priority)
    hands.set(output, next)
    const after = stateOf(output)
    if (before.on !== after.on || before.owner !== after.owner) emit({ type: 'output-changed', output: after })
  }
  const setInput = (state: InputState) => {
    inputs.set(state.input, state)
    emit({ type: 'input-changed', input: state })
  }
  const ageOf = (since: number) => (o.clock === undefined ? 0 : o.clock.since() - since)

  const pressed = (input: string): PressReport => {
    if (!inputs.has(input)) throw new Error(`the fake board has no input ${input}`)
    sequence += 1
    const id: PressId = { box: profile.box, epoch, sequence }
    const press: PressReport = { ...id, input, at: o.clock?.now() ?? 0, ageMilliseconds: 0, again: false }
    reported.set(keyOf(id), { press, since: o.clock?.since() ?? 0 })
    for (const reflex of table?.reflexes ?? []) {
      if (reflex.input !== input) continue
      for (const { output, pattern } of reflex.outputs) {
        const hand = { owner: `reflex:${reflex.plan}`, priority: reflex.priority, pattern, press: keyOf(id) }
        changeHands(output, now => [...now, hand])
      }
      const message = reflex.message
      if (message !== undefined && o.clock !== undefined) {
        const play = () => {
          for (const amplifier of message.amplifiers)
            emit({ type: 'message-played', press: id, amplifier, complete: true })
        }
        messages.set(keyOf(id), o.clock.after(250, play))
      }
    }
    setInput({ input, state: 'pressed' })
    emit({ type: 'pressed', press })
    return press
  }
  const reportAgain = () => {
    for (const { press, since } of reported.values()) {
      emit({ type: 'pressed', press: { ...press, ageMilliseconds: ageOf(since), again: true } })
    }
  }

  const staying = new Map<string, { readonly since: number; readonly needed: number; readonly forget: () => void }>()
  /** A hand comes and stays: a press now, or when it stayed for as long as the table wants. */
  const comes = (input: string): PressReport | undefined => {
    const needed = table?.holds?.find(hold => hold.input === input)?.milliseconds ?? 0
    if (needed === 0) return pressed(input)
    const { clock } = o
    if (clock === undefined) throw new Error(`${input} must be held: the fake board needs a clock`)
    const done = () => {
      staying.delete(input)
      pressed(input)
    }
    staying.set(input, { since: clock.since(), needed, forget: clock.after(needed, done) })
    setInput({ input, state: 'pressed' })
    return undefined
  }
  const goes = (input: string) => {
    const hand = staying.get(input)
    staying.delete(input)
    hand?.forget()
    if (hand !== undefined) {
      const { needed: neededMilliseconds, since } = hand
      const at = o.clock?.now() ?? 0
      emit({ type: 'let-go', input, at, heldMilliseconds: ageOf(since), neededMilliseconds })
    }
    setInput({ input, state: 'rest' })
  }
  const reach = (command: BoardCommand) => {
    commands.push(command)
    switch (command.do) {
      case 'load':
        table = command.table
        emit({ type: 'table-confirmed', hash: table.hash })
        return
      case 'acknowledge':
        reported.delete(keyOf(command.press))
        return
      case 'audio-leaving':
        messages.get(keyOf(command.press))?.()
        messages.delete(keyOf(command.press))
        return
      case 'drive': {
        const { output, owner, priority, pattern } = command
        changeHands(output, now => [...now.filter(h => h.owner !== owner), { owner, priority, pattern }])
        const fault = faults.get(output)
        emit({ type: 'driven', output, owner, ...(fault === undefined ? {} : { fault }) })
        return
      }
      case 'release': {
        const released = new Set(command.presses.map(keyOf))
        for (const key of released) messages.get(key)?.()
        const stays = (h: Hand) => h.owner !== command.owner && !(h.press !== undefined && released.has(h.press))
        for (const output of hands.keys()) changeHands(output, now => now.filter(stays))
        return
      }
      case 'speak': {
        const owners = speaking.get(command.amplifier) ?? new Set()
        speaking.set(command.amplifier, owners.add(command.owner))
        return
      }
      case 'silence':
        if (command.owner === undefined) speaking.delete(command.amplifier)
        else speaking.get(command.amplifier)?.delete(command.owner)
        return
      case 'lamp-test':
        return
      case 'operate':
        operate(command.input, command.how)
        return
    }
  }
  const operate = (input: string, how: Operation): PressReport | undefined => {
    const wiring = profile.inputs.find(i => i.id === input)?.wiring.kind
    if (wiring === undefined)
      throw new PbxError('board.no-such-input', `the board has no input ${input}`, { status: 404 })
    if (how === 'press') return comes(input)
    if (how === 'release' || how === 'mend') {
      goes(input)
      return undefined
    }
    // A normally closed contact cannot tell a cut wire from a press, nor see a short.
    if (wiring === 'normally-closed') return how === 'cut' ? comes(input) : undefined
    const words = { 'two-contacts': 'contacts disagree', resistor: how, module: 'module silent' }
    setInput({ input, state: 'fault', fault: words[wiring] })
    return undefined
  }
  const give = (command: BoardCommand) => {
    given += 1
    if (given === failing || given === sweptAt)
      throw new PbxError('board.failed', 'the board failed, as the test asked', { status: 503 })
    if (given === hanging) hung = true
    if (hung) return
    if (connected) reach(command)
    else waiting.push(command)
  }
  o.clock?.every(1000, reportAgain)

  return {
    commands,
    get connected() {
      return connected
    },
    get profile() {
      return profile
    },
    get unacknowledged() {
      return [...reported.values()].map(r => r.press)
    },
    get sweptAt() {
      return sweptAt
    },
    set sweptAt(at) {
      sweptAt = at
    },
    get given() {
      return given
    },
    inputs: () => [...inputs.values()],
    outputs: () => profile.outputs.map(out => stateOf(out.id)),
    load: wanted => give({ do: 'load', table: wanted }),
    acknowledge: (press, alarm) => give({ do: 'acknowledge', press, alarm }),
    audioLeaving: press => give({ do: 'audio-leaving', press }),
    drive: drive => give({ do: 'drive', ...drive }),
    release: (owner, presses = []) => give({ do: 'release', owner, presses }),
    amplifierAddress(amplifier) {
      const index = profile.amplifiers.findIndex(a => a.id === amplifier)
      return index < 0 ? undefined : { host: '127.0.0.1', port: 40000 + 2 * index }
    },
    speak(amplifier, speaker, owner) {
      if (speaker !== undefined) give({ do: 'speak', amplifier, ...speaker })
      else give({ do: 'silence', amplifier, ...(owner === undefined ? {} : { owner }) })
    },
    lampTest: () => give({ do: 'lamp-test' }),
    operate: (input, how) => give({ do: 'operate', input, how }),
    on(observer) {
      observers.add(observer)
      return () => observers.delete(observer)
    },
    press(input) {
      const press = comes(input)
      goes(input)
      if (press === undefined) throw new Error(`${input} must be held: use hold and letGo`)
      return press
    },
    hold: comes,
    letGo: goes,
    cut: input => operate(input, 'cut'),
    shows: setInput,
    breaks(output, fault) {
      if (fault === undefined) faults.delete(output)
      else faults.set(output, fault)
      emit({ type: 'output-changed', output: stateOf(output) })
    },
    mend: input => void operate(input, 'mend'),
    drivers: output => hands.get(output) ?? [],
    isOn: output => stateOf(output).on,
    reportAgain,
    speakers: amplifier => [...(speaking.get(amplifier) ?? [])],
    disconnect() {
      emit({ type: 'disconnected' })
      connected = false
    },
    connect() {
      connected = true
      emit({ type: 'connected', profile, epoch, ...(table === undefined ? {} : { tableHash: table.hash }) })
      for (const command of waiting.splice(0)) reach(command)
      reportAgain()
    },
    failAt(nth) {
      failing = given + nth
    },
    hangAt(nth) {
      hanging = given + nth
    },
    recover() {
      hung = false
      failing = 0
      hanging = 0
    },
  }
}
