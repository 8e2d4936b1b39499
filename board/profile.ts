// The board's profile: which terminals this box has and how they are wired, read from a file and checked field by field.
import { type Field, list, member, oneOf, optional, root, text, Unacceptable, whole } from './checked.ts'
import type { Amplifier, BoardProfile, Input, Output, Range, Wiring } from './protocol.ts'

/** A bus with reporting modules on it. */
export interface Bus {
  readonly id: string
  /** Device path of the serial port. On simulated boards a bus has none: its registers are pins. */
  readonly path: string
  readonly baudRate: number
  readonly parity: 'none' | 'even' | 'odd'
  /** How often each module is asked, in milliseconds. */
  readonly pollMilliseconds: number
}

/** The file: what the supervisor may know, and what only the drivers need. */
export interface ProfileFile extends BoardProfile {
  readonly buses: readonly Bus[]
}

const id = (field: Field): string => {
  const value = text(field)
  // Ids name files of the simulated board and lines of the journal.
  if (!/^[A-Za-z0-9][A-Za-z0-9._:-]{0,63}$/.test(value)) {
    throw new Unacceptable(field.path, 'must be 1 to 64 letters, digits, dots, colons, dashes or underscores')
  }
  return value
}
const millivolts = whole(0, 100_000)

/** Throws {@link Unacceptable} naming the field at fault. */
export function readProfile(json: string): ProfileFile {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (error) {
    throw new Unacceptable('', `is not JSON: ${error instanceof Error ? error.message : String(error)}`)
  }
  const file = root(value)
  const profile: ProfileFile = {
    box: id(member(file, 'box')),
    driver: oneOf('simulated', 'gpio')(member(file, 'driver')),
    inputs: list(member(file, 'inputs'), 256, input),
    outputs: list(member(file, 'outputs'), 256, output),
    amplifiers: list(member(file, 'amplifiers'), 16, amplifier),
    buses: optional(file, 'buses', buses => list(buses, 16, bus)) ?? [],
  }
  refuseTwins('inputs', profile.inputs)
  refuseTwins('outputs', profile.outputs)
  refuseTwins('amplifiers', profile.amplifiers)
  refuseTwins('buses', profile.buses)
  refuseSharedLines(profile)
  refuseDangling(profile)
  return profile
}

function input(field: Field): Input {
  return {
    id: id(member(field, 'id')),
    label: text(member(field, 'label')),
    wiring: wiring(member(field, 'wiring')),
    debounceMilliseconds: whole(0, 500)(member(field, 'debounceMilliseconds')),
  }
}

function wiring(field: Field): Wiring {
  const kind = oneOf('normally-closed', 'two-contacts', 'resistor', 'module')(member(field, 'kind'))
  switch (kind) {
    case 'normally-closed':
      return { kind, line: id(member(field, 'line')) }
    case 'two-contacts':
      return { kind, closed: id(member(field, 'closed')), open: id(member(field, 'open')) }
    case 'resistor': {
      const windows = member(field, 'windows')
      const both = { rest: range(member(windows, 'rest')), press: range(member(windows, 'press')) }
      if (both.rest[0] <= both.press[1] && both.press[0] <= both.rest[1]) {
        throw new Unacceptable(windows.path, 'rest and press must not overlap')
      }
      return { kind, channel: id(member(field, 'channel')), windows: both }
    }
    case 'module':
      return {
        kind,
        bus: id(member(field, 'bus')),
        address: whole(1, 247)(member(field, 'address')),
        register: whole(0, 65_535)(member(field, 'register')),
      }
  }
}

function range(field: Field): Range {
  const [from, to, ...more] = list(field, 2, millivolts)
  if (from === undefined || to === undefined || more.length > 0 || from >= to) {
    throw new Unacceptable(field.path, 'must be [from, to] in millivolts with from below to')
  }
  return [from, to]
}

function output(field: Field): Output {
  const feedback = optional(field, 'feedback', id)
  return {
    id: id(member(field, 'id')),
    label: text(member(field, 'label')),
    use: oneOf('strobe', 'relay', 'lamp')(member(field, 'use')),
    line: id(member(field, 'line')),
    failSafe: oneOf('off', 'on')(member(field, 'failSafe')),
    ...(feedback === undefined ? {} : { feedback }),
  }
}

function amplifier(field: Field): Amplifier {
  const relay = optional(field, 'relay', id)
  const healthy = optional(field, 'healthy', id)
  return {
    id: id(member(field, 'id')),
    label: text(member(field, 'label')),
    settleMilliseconds: whole(0, 2000)(member(field, 'settleMilliseconds')),
    device: text(member(field, 'device')),
    ...(relay === undefined ? {} : { relay }),
    ...(healthy === undefined ? {} : { healthy }),
  }
}

function bus(field: Field): Bus {
  return {
    id: id(member(field, 'id')),
    path: text(member(field, 'path')),
    baudRate: whole(300, 4_000_000)(member(field, 'baudRate')),
    parity: oneOf('none', 'even', 'odd')(member(field, 'parity')),
    pollMilliseconds: whole(5, 5000)(member(field, 'pollMilliseconds')),
  }
}

function refuseTwins(where: string, things: readonly { readonly id: string }[]) {
  const seen = new Set<string>()
  things.forEach((thing, i) => {
    if (seen.has(thing.id)) throw new Unacceptable(`${where}[${i}].id`, `${thing.id} is there twice`)
    seen.add(thing.id)
  })
}

function refuseSharedLines(profile: ProfileFile) {
  const owners = new Map<string, string>()
  const take = (line: string, path: string) => {
    const owner = owners.get(line)
    if (owner !== undefined) throw new Unacceptable(path, `${line} is used by ${owner} already`)
    owners.set(line, path)
  }
  profile.inputs.forEach(({ wiring: w }, i) => {
    const path = `inputs[${i}].wiring`
    if (w.kind === 'normally-closed') take(w.line, `${path}.line`)
    if (w.kind === 'resistor') take(w.channel, `${path}.channel`)
    if (w.kind === 'module') take(`${w.bus}.${w.address}.${w.register}`, `${path}.register`)
    if (w.kind !== 'two-contacts') return
    take(w.closed, `${path}.closed`)
    take(w.open, `${path}.open`)
  })
  for (const [i, o] of profile.outputs.entries()) {
    take(o.line, `outputs[${i}].line`)
    if (o.feedback !== undefined) take(o.feedback, `outputs[${i}].feedback`)
  }
  profile.amplifiers.forEach(({ healthy }, i) => {
    if (healthy !== undefined) take(healthy, `amplifiers[${i}].healthy`)
  })
}

function refuseDangling(profile: ProfileFile) {
  const relays = new Set(profile.outputs.filter(o => o.use === 'relay').map(o => o.id))
  profile.amplifiers.forEach((a, i) => {
    if (a.relay !== undefined && !relays.has(a.relay)) {
      throw new Unacceptable(`amplifiers[${i}].relay`, `there is no relay output ${a.relay}`)
    }
  })
  const buses = new Set(profile.buses.map(b => b.id))
  if (profile.driver === 'simulated') return
  profile.inputs.forEach(({ wiring: w }, i) => {
    if (w.kind === 'module' && !buses.has(w.bus)) {
      throw new Unacceptable(`inputs[${i}].wiring.bus`, `there is no bus ${w.bus}`)
    }
  })
}
