// The safety path: from an edge at a terminal to strobes, report, journal and loudspeakers.
//
// INVARIANTS
// - `pressed` runs within the edge's own callback, and in this order: number, reflexes, message timers, report, journal.
//   Nothing in it awaits, and none of its parts waits for another.
// - A press is reported every second to every client until a client acknowledges it; a restart changes nothing in that.
// - Outputs of a press stay driven until it is released; acknowledging is about knowing, releasing about all clear.
// - The supervisor may die at any instant: what it promised and did not do is done here.
import { allOf } from './all-of.ts'
import { type AmplifierChannel, openAmplifier } from './amplifier.ts'
import type { BoardObserver, Driver, Reading } from './board.ts'
import { type Chatter, createAllowance, createChatter } from './chatter.ts'
import type { BoardClock } from './clock.ts'
import { type EarlyHand, observeInput } from './input.ts'
import type { Journal } from './journal.ts'
import { type JournalState, type KeptPress, keyOf, type Moment } from './journal-records.ts'
import { createLampTest } from './lamp-test.ts'
import type { MemoryFile } from './memory-file.ts'
import { createOutputs } from './outputs.ts'
import type { Problems } from './problems.ts'
import type {
  Amplifier,
  BoardProfile,
  FromBoard,
  InputState,
  PressId,
  PressReport,
  Reflex,
  ReflexTable,
  ToBoard,
} from './protocol.ts'
import type { Reflexes } from './reflexes.ts'
import type { Sounds } from './sounds.ts'
import { createStuck, keepLooking, SAME_HAND } from './stuck.ts'

/** The board waits so long for the supervisor's audio before it speaks by itself; milliseconds. */
export const MESSAGE_PATIENCE = 250
/** The rank of an alarm among announcements, for tables that do not say their message's. */
const ALARM_PAGE = 4
const REPORT_EVERY = 1000
/** Presses reported again in one go; the rest follow a second later. */
const MOST_REPORTS = 500
/** With so many unanswered presses of an input a further one is told by reporting those again. */
const MOST_UNANSWERED = 64
/** The states of an input that chatters are told so often; milliseconds. */
const TELL_EVERY = 1000

export interface SafetyPathOptions {
  readonly profile: BoardProfile
  readonly driver: Driver
  readonly clock: BoardClock
  /** Identifies this boot of the machine: monotonic times of another boot mean nothing. */
  readonly boot: string
  readonly journal: Journal
  /** Where it is noted that the board is looking. */
  readonly looks: MemoryFile
  readonly reflexes: Reflexes
  readonly sounds: Sounds
  readonly problems: Problems
  tell(message: FromBoard): void
}

export interface SafetyPath {
  /** Give it to the driver. */
  readonly observer: BoardObserver
  /** The state that a new client is told: `hello`, problems, and every unacknowledged press. */
  greeting(amplifierPorts: Readonly<Record<string, number>>): readonly FromBoard[]
  obey(command: ToBoard): void
  datagram(amplifier: string, bytes: Uint8Array): void
  close(): void
}

export function createSafetyPath(o: SafetyPathOptions): SafetyPath {
  const { profile, clock, journal, reflexes, problems } = o
  let sequence = 0
  let round = 0
  const firedWithoutTable = new Set<string>()
  const reported = new Set<string>()
  /** Press → the owners by which its reflexes hold outputs. */
  const hands = new Map<string, Set<string>>()

  const lookout = keepLooking({ memory: o.looks, clock, boot: o.boot })
  const stuck = createStuck({ clock, boot: o.boot, told: input => tellInput(input) })
  const chatters = new Map<string, Chatter>(
    profile.inputs.map(({ id }) => [
      id,
      createChatter({ clock, count: since => pressed(id, since), changed: () => tellInput(id) }),
    ]),
  )
  /** How many hands that go too early are noted of an input. */
  const hasty = new Map(profile.inputs.map(({ id }) => [id, createAllowance(clock)] as const))
  /** Inputs whose state is about to be told. */
  const telling = new Set<string>()
  /** Input → its newest press of this process, until that is released. */
  const latest = new Map<string, string>()
  const hasJoined = (input: string) => latest.has(input)

  const outputs = createOutputs({
    outputs: profile.outputs,
    clock,
    set: (line, on) => o.driver.set(line, on),
    changed: output => o.tell({ say: 'output', output }),
  })
  const lampTest = createLampTest({ outputs: profile.outputs, hands: outputs, clock })
  const amplifiers = new Map<string, AmplifierChannel>(
    profile.amplifiers.map(amplifier => {
      const owner = `amplifier:${amplifier.id}`
      const { id, relay } = amplifier
      const channel = openAmplifier({
        amplifier,
        clock,
        output: o.driver.audio(amplifier),
        problems,
        relay(on) {
          if (relay === undefined) return
          if (on) outputs.drive({ output: relay, owner, priority: 0, pattern: { kind: 'steady' } })
          else outputs.release(owner)
        },
        played: (press, complete) => o.tell({ say: 'message-played', press, amplifier: id, complete }),
      })
      return [id, channel]
    }),
  )

  const moment = (since: number): Moment => ({
    at: Math.round(clock.now() - (clock.since() - since)),
    since,
    boot: o.boot,
  })
  const pressed = (input: string, since: number) => {
    const unanswered = unacknowledged().filter(p => p.input === input && !p.released)
    const last = unanswered.at(-1)
    if (last !== undefined && unanswered.length >= MOST_UNANSWERED) return pressedAgain(last, since)
    sequence += 1
    const press: PressId = { box: profile.box, epoch: journal.epoch, sequence }
    const fired = reflexes.of(input)
    if (reflexes.table === undefined) firedWithoutTable.add(keyOf(press))
    const kept: KeptPress = { press, input, moment: moment(since), fired, released: false }
    latest.set(input, keyOf(press))
    allOf(
      () => fire(press, fired, 'outputs and message'),
      () => report(kept),
      () => journal.note({ kind: 'press', press, input, moment: kept.moment, fired }),
      () => stuck.pressed(input, kept.moment),
      () => lampTest.end(),
    )
  }
  /** Nobody answers: the press before is reported until somebody does, and does again here what a new one would. */
  const pressedAgain = (last: KeptPress, since: number) => {
    allOf(
      () => fire(last.press, last.fired, 'outputs and message'),
      () => report(last),
      () => stuck.pressed(last.input, moment(since)),
    )
  }
  const letGo = (input: string, { at: since, heldMilliseconds, neededMilliseconds }: EarlyHand) => {
    const { at } = moment(since)
    const hand = { input, at, heldMilliseconds: Math.round(heldMilliseconds), neededMilliseconds }
    if (hasty.get(input)?.take() === false) return
    allOf(
      () => o.tell({ say: 'let-go', ...hand }),
      () => journal.note({ kind: 'let-go', ...hand }),
    )
  }
  const fire = (press: PressId, fired: readonly Reflex[], what: 'outputs and message' | 'outputs') => {
    const key = keyOf(press)
    for (const { plan, priority, outputs: wanted } of fired) {
      const owner = `reflex:${plan}:${key}`
      if (wanted.length > 0) hands.set(key, (hands.get(key) ?? new Set()).add(owner))
      for (const { output, pattern } of wanted) outputs.drive({ output, pattern, priority, owner })
    }
    if (what === 'outputs') return
    const dueAt = clock.since() + MESSAGE_PATIENCE
    for (const { plan, priority, message } of fired) {
      if (message === undefined) continue
      const { repeats, gapMilliseconds, sound, rank = ALARM_PAGE } = message
      const order = {
        press,
        key,
        plan,
        priority,
        rank,
        repeats,
        gapMilliseconds,
        dueAt,
        samples: () => o.sounds.samples(sound),
      }
      for (const amplifier of message.amplifiers) amplifiers.get(amplifier)?.arm(order)
    }
  }
  const reportOf = ({ press, input, moment: m }: KeptPress): PressReport => {
    const age = m.boot === o.boot ? clock.since() - m.since : clock.now() - m.at
    const again = reported.has(keyOf(press))
    return { ...press, input, at: m.at, ageMilliseconds: Math.max(0, Math.round(age)), again }
  }
  const report = (kept: KeptPress) => {
    o.tell({ say: 'pressed', press: reportOf(kept) })
    reported.add(keyOf(kept.press))
  }
  const unacknowledged = () => [...journal.state.presses.values()].filter(p => p.alarm === undefined)
  let forgetReports = () => {}
  const reportAgain = () => {
    // Planned before anything is said, so that nothing that goes wrong ends the reporting.
    forgetReports = clock.after(REPORT_EVERY, reportAgain)
    const due = unacknowledged()
    if (round * MOST_REPORTS >= due.length) round = 0
    const now = due.slice(round * MOST_REPORTS, (round + 1) * MOST_REPORTS)
    round += 1
    for (const kept of now) report(kept)
  }
  forgetReports = clock.after(REPORT_EVERY, reportAgain)

  const inputs = profile.inputs.map(input =>
    observeInput({
      input,
      clock,
      debounced: o.driver.debounces,
      holdMilliseconds: () => reflexes.holdOf(input.id),
      pressed: since => chatters.get(input.id)?.pressed(since, { joins: hasJoined(input.id) }),
      heldBefore: () => heldBefore(input.id),
      letGo: early => letGo(input.id, early),
      changed: ({ state }) => changed(input.id, state),
    }),
  )
  const byId = new Map(profile.inputs.map((input, i) => [input.id, inputs[i]] as const))
  const stateOf = (input: string): InputState => {
    const since = stuck.since(input)
    return {
      ...(byId.get(input)?.state ?? { input, state: 'fault', fault: 'not read yet' }),
      ...(since !== undefined && { stuckSince: since }),
      ...(chatters.get(input)?.chattering === true && { chattering: true }),
    }
  }
  const tellInput = (input: string) => o.tell({ say: 'input', input: stateOf(input) })
  const changed = (input: string, state: InputState['state']) => {
    if (state !== 'pressed') letLoose(input)
    if (chatters.get(input)?.chattering !== true) return tellInput(input)
    if (telling.has(input)) return
    telling.add(input)
    clock.after(TELL_EVERY, () => {
      telling.delete(input)
      tellInput(input)
    })
  }
  const letLoose = (input: string) => {
    stuck.loose(input)
    if (journal.state.held.has(input)) journal.note({ kind: 'let-loose', input })
  }
  /** Pressed already when this process began to look: its press was numbered by the one before, a moment ago. */
  const heldBefore = (input: string): boolean => {
    const hand = journal.state.held.get(input)
    const { lastLook } = lookout
    if (hand?.boot !== o.boot || lastLook === undefined || clock.since() - lastLook > SAME_HAND) return false
    stuck.pressed(input, hand)
    return true
  }
  const byTerminal = new Map(inputs.flatMap(input => input.terminals.map(terminal => [terminal, input] as const)))

  /** Those of the table, and those that unsettled presses of a former table may still have to say. */
  const wantSounds = () => {
    const live = [...journal.state.presses.values()].flatMap(p => p.fired)
    const all = [...(reflexes.table?.reflexes ?? []), ...live].flatMap(r =>
      r.message === undefined ? [] : [r.message.sound],
    )
    o.sounds.want(all)
  }
  const restore = (left: JournalState) => {
    wantSounds()
    // What was held before this process, and is seen not to be any more.
    for (const { id } of profile.inputs) if (left.held.has(id) && byId.get(id)?.state.state === 'rest') letLoose(id)
    for (const { press, fired, released, alarm } of left.presses.values()) {
      reported.add(keyOf(press))
      if (released) continue
      // Unacknowledged: nobody durable knows of it yet, so its message is due again as if it had just been pressed.
      fire(press, fired, alarm === undefined ? 'outputs and message' : 'outputs')
    }
    // After a reboot of the machine the supervisor runs its alarms' steps from their start and drives anew.
    for (const [key, { hand, boot }] of left.drives) {
      if (boot === o.boot) outputs.drive(hand)
      else journal.state.drives.delete(key)
    }
    for (const kept of [...left.presses.values()].filter(p => p.alarm === undefined)) report(kept)
  }
  const restoreTable = (table: ReflexTable | undefined) => {
    if (table === undefined || reflexes.table !== table) return
    tableTaken(table)
  }
  const tableTaken = (table: ReflexTable) => {
    wantSounds()
    o.tell({ say: 'table', hash: table.hash })
    // Pressed while there was no table yet: better late than not.
    for (const key of firedWithoutTable) {
      const kept = journal.state.presses.get(key)
      if (kept !== undefined && !kept.released) fire(kept.press, reflexes.of(kept.input), 'outputs and message')
    }
    firedWithoutTable.clear()
  }
  journal.restored.then(restore, (error: unknown) => problems.raise('board.restore', String(error)))
  reflexes.restored.then(restoreTable, (error: unknown) => problems.raise('board.restore', String(error)))

  const acknowledged = (press: PressId, alarm: string) => {
    const mine = keyOf(press)
    reported.delete(mine)
    const before = [...journal.state.presses.keys()]
    journal.note({ kind: 'acknowledged', press, alarm })
    // What the newer presses of a chattering input do is not done twice.
    for (const key of before) if (key !== mine && !journal.state.presses.has(key)) releaseHands(key)
  }
  const releaseHands = (key: string) => {
    for (const held of hands.get(key) ?? []) outputs.release(held)
    hands.delete(key)
  }
  const release = (owner: string, presses: readonly PressId[]) => {
    const keys = new Set(presses.map(keyOf))
    outputs.release(owner)
    for (const key of keys) {
      firedWithoutTable.delete(key)
      releaseHands(key)
    }
    for (const [input, key] of latest) if (keys.has(key)) latest.delete(input)
    for (const amplifier of amplifiers.values()) amplifier.drop(keys)
    journal.note({ kind: 'released', owner, presses })
  }
  return {
    observer: {
      reading(terminal, value, at) {
        byTerminal.get(terminal)?.reading(terminal, value, at)
        outputs.reading(terminal, value)
        for (const one of profile.amplifiers) if (one.healthy === terminal) supervise(one, value, problems)
      },
      problem(code, text, state) {
        if (state === 'raised') problems.raise(code, text)
        else problems.solve(code)
      },
    },
    greeting(amplifierPorts) {
      const hello: FromBoard = {
        say: 'hello',
        protocol: 1,
        profile,
        epoch: journal.epoch,
        inputs: profile.inputs.map(input => stateOf(input.id)),
        outputs: outputs.states(),
        amplifierPorts,
        ...(reflexes.hash === undefined ? {} : { tableHash: reflexes.hash }),
      }
      return [
        hello,
        ...problems.now().map(p => ({ say: 'problem' as const, ...p, solved: false })),
        ...unacknowledged().map(p => ({ say: 'pressed' as const, press: reportOf(p) })),
      ]
    },
    obey(command) {
      switch (command.do) {
        case 'load':
          reflexes.load(command.table)
          tableTaken(command.table)
          return
        case 'acknowledge':
          return acknowledged(command.press, command.alarm)
        case 'audio-leaving':
          for (const amplifier of amplifiers.values()) amplifier.audioLeaving(keyOf(command.press))
          return
        case 'drive': {
          const { output, owner, priority, pattern } = command
          const hand = { output, owner, priority, pattern }
          outputs.drive(hand)
          lampTest.end()
          outputs.proven(output, fault =>
            o.tell({ say: 'driven', output, owner, ...(fault === undefined ? {} : { fault }) }),
          )
          const before = journal.state.drives.get(`${owner}\n${output}`)
          const record = { kind: 'driven' as const, hand, boot: o.boot }
          // The link says its drives again after every reconnect: that is no news for the flash.
          if (JSON.stringify(before) !== JSON.stringify({ hand, boot: o.boot })) journal.note(record)
          return
        }
        case 'release':
          return release(command.owner, command.presses)
        case 'speak':
          amplifiers.get(command.amplifier)?.announce(command)
          return
        case 'silence':
          amplifiers.get(command.amplifier)?.silence(command.owner)
          return
        case 'lamp-test':
          return lampTest.begin()
        case 'operate': {
          const wiring = profile.inputs.find(i => i.id === command.input)?.wiring
          if (o.driver.operate === undefined || wiring === undefined)
            throw new Error('only a simulated board can be operated')
          o.driver.operate(wiring, command.how)
          return
        }
      }
    },
    datagram: (amplifier, bytes) => amplifiers.get(amplifier)?.datagram(bytes),
    close() {
      forgetReports()
      lampTest.end()
      lookout.close()
      stuck.close()
      for (const chatter of chatters.values()) chatter.close()
      for (const input of inputs) input.close()
      outputs.close()
      for (const amplifier of amplifiers.values()) amplifier.close()
    },
  }
}

/** What the contact of an amplifier says: an open one is a fault, or an amplifier without power. */
function supervise({ id, label }: Amplifier, value: Reading, problems: Problems) {
  const code = `board.amplifier:${id}`
  if (value === 1) problems.solve(code)
  else if (value === 'silent') problems.raise(code, `Whether the amplifier ${label} is well cannot be read.`)
  else problems.raise(code, `The amplifier ${label} reports a fault, or has no power: nobody may hear it.`)
}
