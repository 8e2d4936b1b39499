// What clients may tell the board, checked before anything is done with it.
import { type Field, known, list, member, oneOf, optional, root, text, whole } from './checked.ts'
import type { BoardProfile, FromBoard, Pattern, PressId, Reflex, ReflexTable, ToBoard } from './protocol.ts'

export interface Names {
  readonly inputs: ReadonlySet<string>
  readonly outputs: ReadonlySet<string>
  readonly amplifiers: ReadonlySet<string>
}

export function namesOf(profile: BoardProfile): Names {
  return {
    inputs: new Set(profile.inputs.map(i => i.id)),
    outputs: new Set(profile.outputs.map(o => o.id)),
    amplifiers: new Set(profile.amplifiers.map(a => a.id)),
  }
}

/** Hands a client's line to `obey`; what cannot be understood or done is answered with its reason. */
export function obeyLine(line: string, names: Names, obey: (command: ToBoard) => void): FromBoard | undefined {
  let verb = '?'
  try {
    const value: unknown = JSON.parse(line)
    if (typeof value === 'object' && value !== null && 'do' in value) verb = String(value.do)
    obey(readCommand(value, names))
    return undefined
  } catch (error) {
    return { say: 'refused', command: verb, why: error instanceof Error ? error.message : String(error) }
  }
}

const priority = whole(-1_000_000, 1_000_000)
const duration = whole(20, 60_000)
/** Nobody in danger holds a button for longer; milliseconds. */
const LONGEST_HOLD = 5000

/** Throws Unacceptable naming the field at fault. */
export function readCommand(value: unknown, names: Names): ToBoard {
  const command = root(value)
  const verb = oneOf(
    'load',
    'acknowledge',
    'audio-leaving',
    'drive',
    'release',
    'speak',
    'silence',
    'lamp-test',
    'operate',
  )(member(command, 'do'))
  switch (verb) {
    case 'load':
      return { do: verb, table: readTable(member(command, 'table'), names) }
    case 'acknowledge':
      return { do: verb, press: press(member(command, 'press')), alarm: text(member(command, 'alarm')) }
    case 'audio-leaving':
      return { do: verb, press: press(member(command, 'press')) }
    case 'drive':
      return {
        do: verb,
        output: known(member(command, 'output'), names.outputs, 'output'),
        pattern: pattern(member(command, 'pattern')),
        owner: text(member(command, 'owner')),
        priority: priority(member(command, 'priority')),
      }
    case 'release':
      return {
        do: verb,
        owner: text(member(command, 'owner')),
        presses: list(member(command, 'presses'), 100_000, press),
      }
    case 'speak':
      return {
        do: verb,
        amplifier: known(member(command, 'amplifier'), names.amplifiers, 'amplifier'),
        owner: text(member(command, 'owner')),
        priority: priority(member(command, 'priority')),
        ssrc: whole(0, 0xffff_ffff)(member(command, 'ssrc')),
      }
    case 'silence':
      return {
        do: verb,
        amplifier: known(member(command, 'amplifier'), names.amplifiers, 'amplifier'),
        owner: text(member(command, 'owner')),
      }
    case 'lamp-test':
      return { do: verb }
    case 'operate':
      return {
        do: verb,
        input: known(member(command, 'input'), names.inputs, 'input'),
        how: oneOf('press', 'release', 'cut', 'short', 'mend')(member(command, 'how')),
      }
  }
}

/** A table is taken whole or not at all; a terminal that this board does not have is named. */
export function readTable(field: Field, names: Names): ReflexTable {
  const holds = optional(field, 'holds', all =>
    list(all, 10_000, hold => ({
      input: known(member(hold, 'input'), names.inputs, 'input'),
      milliseconds: whole(0, LONGEST_HOLD)(member(hold, 'milliseconds')),
    })),
  )
  return {
    hash: text(member(field, 'hash')),
    reflexes: list(member(field, 'reflexes'), 10_000, reflex => readReflex(reflex, names)),
    ...(holds === undefined ? {} : { holds }),
  }
}

function readReflex(field: Field, names: Names): Reflex {
  const message = optional(field, 'message', m => readMessage(m, names))
  return {
    input: known(member(field, 'input'), names.inputs, 'input'),
    plan: text(member(field, 'plan')),
    priority: priority(member(field, 'priority')),
    outputs: list(member(field, 'outputs'), 256, output => ({
      output: known(member(output, 'output'), names.outputs, 'output'),
      pattern: pattern(member(output, 'pattern')),
    })),
    ...(message === undefined ? {} : { message }),
  }
}

function readMessage(field: Field, names: Names): NonNullable<Reflex['message']> {
  const sound = member(field, 'sound')
  const rank = optional(field, 'rank', priority)
  return {
    sound: { file: text(member(sound, 'file')), sha256: text(member(sound, 'sha256')) },
    amplifiers: list(member(field, 'amplifiers'), 16, a => known(a, names.amplifiers, 'amplifier')),
    repeats: whole(1, 1000)(member(field, 'repeats')),
    gapMilliseconds: whole(0, 60_000)(member(field, 'gapMilliseconds')),
    ...(rank === undefined ? {} : { rank }),
  }
}

function pattern(field: Field): Pattern {
  const kind = oneOf('steady', 'blink')(member(field, 'kind'))
  if (kind === 'steady') return { kind }
  return {
    kind,
    onMilliseconds: duration(member(field, 'onMilliseconds')),
    offMilliseconds: duration(member(field, 'offMilliseconds')),
  }
}

function press(field: Field): PressId {
  return {
    box: text(member(field, 'box')),
    epoch: text(member(field, 'epoch')),
    sequence: whole(1, Number.MAX_SAFE_INTEGER)(member(field, 'sequence')),
  }
}
