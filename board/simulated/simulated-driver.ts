// The simulated board: terminals and loudspeakers as files of a memory directory, so that anyone can press and look.
import { type FSWatcher, mkdirSync, watch } from 'node:fs'
import { join } from 'node:path'
import { allOf } from '../all-of.ts'
import { type BoardObserver, type Driver, type Reading, supervisingLines, terminalsOf } from '../board.ts'
import type { BoardClock } from '../clock.ts'
import type { BoardProfile } from '../protocol.ts'
import { contactsAfter } from './contacts.ts'
import { createPinReader, type PinReader, writePin } from './pin-file.ts'
import { openSeenEdges, type SeenEdges } from './seen-edges.ts'
import { openSoundFile } from './sound-file.ts'

/** Belt and braces beside inotify, whose queue can overflow; milliseconds. */
const LOOK_EVERY = 250

export interface SimulatedDriverOptions {
  readonly profile: BoardProfile
  /** `pins/` and `amplifiers/` are made in here. */
  readonly directory: string
  readonly clock: BoardClock
}

export function createSimulatedDriver(o: SimulatedDriverOptions): Driver {
  const pins = join(o.directory, 'pins')
  const readers = new Map<string, PinReader>()
  const wanted = new Map<string, boolean>()
  /** Contacts that a short holds closed whatever the button does. */
  const shorted = new Set<string>()
  let observer: BoardObserver | undefined
  let seen: SeenEdges | undefined
  let watcher: FSWatcher | undefined
  let forgetLook = () => {}

  const write = (terminal: string, value: Reading): string | undefined => {
    try {
      writePin(join(pins, terminal), { value, at: o.clock.since() })
      return undefined
    } catch (error) {
      const why = `The simulated terminal ${terminal} cannot be written: ${String(error)}`
      observer?.problem(`board.pin:${terminal}`, why, 'raised')
      return why
    }
  }
  const feedbackOf = new Map(o.profile.outputs.map(({ line, feedback }) => [line, feedback] as const))
  /** An output and, as on a board that is whole, the contact that reads it back. */
  const setOutput = (line: string, on: boolean): string | undefined => {
    const why = write(line, on ? 1 : 0)
    const feedback = feedbackOf.get(line)
    if (why === undefined && feedback !== undefined) write(feedback, on ? 1 : 0)
    return why
  }
  const groups = [
    ...o.profile.inputs.map(({ wiring }) => terminalsOf(wiring)),
    ...supervisingLines(o.profile).map(line => [line]),
  ]
  const groupOf = new Map(groups.flatMap(terminals => terminals.map(terminal => [terminal, terminals])))
  const noteSeen = (terminal: string, at: number) => {
    try {
      seen?.note(terminal, at)
    } catch (error) {
      const why = `What was seen of the simulated terminals cannot be noted: ${String(error)}`
      observer?.problem('board.seen-edges', why, 'raised')
    }
  }
  /** Contacts of one input are told in the order in which they moved, however late this is. */
  const look = (terminals: readonly string[]) => {
    const moved = terminals.flatMap(terminal =>
      (readers.get(terminal)?.changes() ?? []).map(change => ({ terminal, ...change })),
    )
    for (const { terminal, value, at } of moved.sort((one, other) => one.at - other.at)) {
      observer?.reading(terminal, value, at)
      noteSeen(terminal, at)
    }
  }
  const lookAtAll = () => {
    // Planned first, so that nothing that goes wrong with one terminal ends the looking.
    forgetLook = o.clock.after(LOOK_EVERY, lookAtAll)
    allOf(...groups.map(terminals => () => look(terminals)))
  }
  const readLevels = (to: BoardObserver, edges: Pick<SeenEdges, 'of'>) => {
    for (const { wiring } of o.profile.inputs) {
      const atRest = new Map(contactsAfter(wiring, 'mend'))
      for (const terminal of terminalsOf(wiring)) {
        const file = join(pins, terminal)
        const until = edges.of(terminal)
        const reader = createPinReader(file, until)
        readers.set(terminal, reader)
        // What moved before the first start was seen by nobody; what moved since another run looked is still to be told.
        const level =
          until === undefined
            ? reader.changes().at(-1)
            : createPinReader(file)
                .changes()
                .findLast(change => change.at <= until)
        if (level !== undefined) to.reading(terminal, level.value, until === undefined ? o.clock.since() : level.at)
        if (level !== undefined && until === undefined) noteSeen(terminal, level.at)
        if (level === undefined && until === undefined) write(terminal, atRest.get(terminal) ?? 0)
      }
    }
    for (const line of supervisingLines(o.profile)) {
      const reader = createPinReader(join(pins, line))
      const level = reader.changes().at(-1)?.value
      // Those of outputs were written with them: what has none yet is an amplifier's, which is well.
      if (level === undefined) write(line, 1)
      readers.set(line, reader)
      to.reading(line, level ?? 1, o.clock.since())
    }
  }

  return {
    debounces: false,
    start(to) {
      observer = to
      mkdirSync(pins, { recursive: true, mode: 0o770 })
      for (const [line, on] of wanted) setOutput(line, on)
      watcher = watch(pins, (_event, name) => {
        const terminals = name === null ? undefined : groupOf.get(name)
        if (terminals !== undefined) look(terminals)
      })
      watcher.on('error', error =>
        to.problem('board.pins', `The simulated terminals cannot be watched: ${error.message}`, 'raised'),
      )
      seen = openSeenEdges(join(o.directory, 'seen-edges'))
      readLevels(to, seen)
      lookAtAll()
      return Promise.resolve()
    },
    set(line, on) {
      wanted.set(line, on)
      return observer === undefined ? undefined : setOutput(line, on)
    },
    audio: amplifier =>
      openSoundFile({
        directory: join(o.directory, 'amplifiers'),
        device: amplifier.device,
        clock: o.clock,
        failed: error =>
          observer?.problem(
            `board.audio:${amplifier.id}`,
            `The sound of ${amplifier.label} is lost: ${String(error)}`,
            'raised',
          ),
      }),
    operate(wiring, how) {
      for (const [terminal, value] of contactsAfter(wiring, how)) {
        if (how === 'mend') shorted.delete(terminal)
        if (wiring.kind === 'normally-closed' && how === 'short') shorted.add(terminal)
        write(terminal, shorted.has(terminal) ? 1 : value)
      }
    },
    close() {
      forgetLook()
      watcher?.close()
    },
  }
}
