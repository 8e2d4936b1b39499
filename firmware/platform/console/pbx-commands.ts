// The verbs of `pbx`: each asks the console and words the answer for a person at a terminal.

import { PbxError } from '../../kernel/errors.ts'
import type { Problem } from '../../kernel/feature.ts'
import type { ChangeSet } from '../../kernel/store.ts'
import type { Console } from './console-client.ts'
import { tableText, timeText } from './print-table.ts'

export interface Asked {
  readonly console: Console
  readonly words: readonly string[]
  readonly from: string | undefined
  print(text: string, answer: unknown): void
}
/** How long `pbx press` holds a button down. */
const HELD_MILLISECONDS = 400

type Command = (asked: Asked) => Promise<void>
type Row = Readonly<Record<string, unknown>> & { readonly id: string; readonly rev: number }

export const commands: Readonly<Record<string, Command>> = {
  status,
  phones,
  calls,
  explain,
  alarms,
  press,
  config,
  async engine({ console, print }) {
    const answer = await console.ask({ ask: 'engine' })
    print(JSON.stringify(answer, null, 2), answer)
  },
}

async function status({ console, print }: Asked): Promise<void> {
  const answer = await console.ask<{ problems: Problem[]; setAside: Row[]; safeMode: string[] }>({ ask: 'problems' })
  const lines = answer.problems.map(
    ({ severity, text, remedy }) => `${severity.toUpperCase()}  ${text}\n    → ${remedy}`,
  )
  if (answer.safeMode.length > 0) lines.unshift(`SAFE MODE: ${answer.safeMode.join(', ')} could not start`)
  if (answer.setAside.length > 0) lines.push(`${answer.setAside.length} entries of the settings are set aside`)
  print(lines.length === 0 ? 'Everything is well.' : lines.join('\n'), answer)
}

interface ShownLine {
  readonly authName: string
  readonly device: string
  readonly extension?: string
  readonly bindings: readonly {
    readonly host: string
    readonly port: number
    readonly transport: string
    readonly userAgent: string
    readonly state: string
  }[]
}

async function phones({ console, print }: Asked): Promise<void> {
  const answer = await console.ask<{ lines: ShownLine[] }>({ ask: 'route', path: 'registrar/phones' })
  const [devices, extensions] = await Promise.all([
    namesOf(console, 'device', row => String(row.name)),
    namesOf(console, 'extension', row => `${String(row.number)} ${String(row.name)}`),
  ])
  const rows = answer.lines.flatMap(line => {
    const who = [line.authName, extensions.get(line.extension ?? '') ?? '–', devices.get(line.device) ?? '–']
    if (line.bindings.length === 0) return [[...who, 'absent', '', '']]
    return line.bindings.map(one => [...who, one.state, `${one.host}:${one.port} ${one.transport}`, one.userAgent])
  })
  print(tableText(['line', 'extension', 'device', 'state', 'from', 'phone says it is'], rows), answer)
}

async function namesOf(
  console: Console,
  kind: string,
  name: (row: Row) => string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await console.ask<Row[]>({ ask: 'resources', kind })
  return new Map(rows.map(row => [row.id, name(row)]))
}

interface ShownCall {
  readonly from: { readonly number: string; readonly name: string }
  readonly dialled: string
  readonly startedAt: number
  readonly emergency: boolean
  readonly legs: readonly ShownLeg[]
}
interface ShownLeg {
  readonly number: string
  readonly state: string
  /** Of the signalling. */
  readonly transport?: string
  /** Suite of the speech. */
  readonly encryption?: string
}

/** As in `202 established (tls, encrypted)`. */
function legText({ number, state, transport, encryption }: ShownLeg): string {
  const ways = [...(transport === undefined ? [] : [transport]), ...(encryption === undefined ? [] : ['encrypted'])]
  return `${number} ${state}${ways.length === 0 ? '' : ` (${ways.join(', ')})`}`
}

async function calls({ console, print }: Asked): Promise<void> {
  const answer = await console.ask<{ calls: ShownCall[] }>({ ask: 'route', path: 'calls/live' })
  const rows = answer.calls.map(call => [
    timeText(call.startedAt),
    `${call.from.number} ${call.from.name}`,
    call.dialled,
    call.legs.map(legText).join(', '),
    call.emergency ? 'EMERGENCY' : '',
  ])
  print(rows.length === 0 ? 'Nobody talks.' : tableText(['since', 'from', 'dialled', 'legs', ''], rows), answer)
}

interface Explained {
  readonly from: { readonly name: string; readonly number: string; readonly trust: string }
  readonly identifiedBy?: string
  readonly refused?: { readonly cause: string; readonly by: string }
  readonly destination?: { readonly kind: string; readonly label: string; readonly by: string }
  readonly connecting: readonly string[]
}

async function explain({ console, words, from, print }: Asked): Promise<void> {
  const [dialled] = words
  if (dialled === undefined || from === undefined)
    throw wrong('pbx explain NUMBER --from EXTENSION, or --from trunk:NAME')
  const answer = await console.ask<Explained>({ ask: 'explain', dialled, from })
  const { name, number, trust } = answer.from
  const lines = [`from       ${name} ${number} (${trust}), known by ${answer.identifiedBy ?? 'nobody'}`]
  if (answer.refused) lines.push(`refused    ${answer.refused.cause}, by ${answer.refused.by}`)
  if (answer.destination) {
    lines.push(
      `goes to    ${answer.destination.kind}: ${answer.destination.label}, decided by ${answer.destination.by}`,
    )
    lines.push(`on the way ${answer.connecting.join(', ') || 'nobody listens or records'}`)
  }
  print(lines.join('\n'), answer)
}

interface ShownAlarm {
  readonly id: string
  readonly plan: { readonly name: string }
  readonly state: string
  readonly drill: boolean
  readonly cause: string
  readonly raisedAt: number
  readonly ended?: object
  readonly steps: readonly {
    readonly action: { readonly kind: string }
    readonly state: string
    readonly error?: string
  }[]
}

async function alarms({ console, print }: Asked): Promise<void> {
  const answer = await console.ask<{ alarms: ShownAlarm[] }>({ ask: 'route', path: 'alarms/live' })
  const texts = answer.alarms.map(alarm =>
    [
      `${alarm.drill ? 'DRILL ' : ''}${alarm.plan.name}: ${alarm.state} since ${timeText(alarm.raisedAt)}, ${alarm.cause}  (${alarm.id})`,
      ...alarm.steps.map(
        step => `    ${step.state.padEnd(9)} ${step.action.kind}${step.error ? `: ${step.error}` : ''}`,
      ),
    ].join('\n'),
  )
  print(texts.length === 0 ? 'No alarm is live.' : texts.join('\n'), answer)
}

async function press({ console, words, print }: Asked): Promise<void> {
  const [name] = words
  if (name === undefined) throw wrong('pbx press BUTTON, by the button’s name or its input')
  const buttons = await console.ask<Row[]>({ ask: 'resources', kind: 'button' })
  const button = buttons.find(one => String(one.name).toLowerCase() === name.toLowerCase())
  const input = button === undefined ? name : String((button.inputs as readonly unknown[] | undefined)?.[0])
  await console.ask({ ask: 'route', path: 'board/operate', input: { input, how: 'press' } })
  // As long as a hand holds it: past every debounce.
  await new Promise(resolve => setTimeout(resolve, HELD_MILLISECONDS))
  await console.ask({ ask: 'route', path: 'board/operate', input: { input, how: 'release' } })
  print(`pressed ${button === undefined ? input : `${String(button.name)} (${input})`}`, { input })
}

async function config(asked: Asked): Promise<void> {
  const [verb, ...words] = asked.words
  const narrowed = { ...asked, words }
  if (verb === 'get') return configGet(narrowed)
  if (verb === 'set') return configSet(narrowed)
  if (verb === 'undo') return configUndo(narrowed)
  if (verb === 'history') return configHistory(narrowed)
  throw wrong('pbx config get | set | undo | history')
}

async function configGet({ console, words, print }: Asked): Promise<void> {
  const [kind, name] = words
  if (kind === undefined) throw wrong('pbx config get KIND [NAME]')
  const rows = await console.ask<Row[]>({ ask: 'resources', kind })
  const shown = name === undefined ? rows : [named(rows, kind, name)]
  print(shown.map(row => JSON.stringify(row, null, 2)).join('\n'), shown)
}

async function configSet({ console, words, print }: Asked): Promise<void> {
  const [kind, name, ...assignments] = words
  if (kind === undefined || name === undefined || assignments.length === 0)
    throw wrong('pbx config set KIND NAME FIELD=VALUE')
  const rows = await console.ask<Row[]>({ ask: 'resources', kind })
  const found = rows.find(row => isNamed(row, name))
  const { id, rev, ...before } = found ?? {
    id: await console.ask<string>({ ask: 'new-id', kind }),
    rev: undefined,
    name,
  }
  const fields = Object.fromEntries(assignments.map(text => assignment(text, before)))
  const op = { op: 'put', kind, id, value: { ...before, ...fields }, ...(rev !== undefined && { rev }) } as const
  const change = await console.ask<ChangeSet>({ ask: 'change', why: `pbx config set ${kind} ${name}`, ops: [op] })
  print(
    `${found === undefined ? 'added' : 'changed'} ${kind} ${name}, revision ${change.rev}; pbx config undo takes it back`,
    change,
  )
}

async function configUndo({ console, words, print }: Asked): Promise<void> {
  const [latest] = await console.ask<ChangeSet[]>({ ask: 'history', limit: 1 })
  const rev = words[0] === undefined ? latest?.rev : Number(words[0])
  if (rev === undefined || !Number.isInteger(rev)) throw wrong('pbx config undo [REVISION]')
  const change = await console.ask<ChangeSet>({ ask: 'undo', rev })
  print(`revision ${rev} is taken back, as revision ${change.rev}`, change)
}

async function configHistory({ console, print }: Asked): Promise<void> {
  const changes = await console.ask<ChangeSet[]>({ ask: 'history', limit: 30 })
  const rows = changes.map(change => [
    change.rev,
    new Date(change.at).toISOString().slice(0, 19),
    change.author.name,
    change.why,
  ])
  print(tableText(['revision', 'when (UTC)', 'who', 'what'], rows), changes)
}

const NATURAL_KEYS = ['id', 'name', 'number', 'authName', 'signIn']
const isNamed = (row: Row, name: string) => NATURAL_KEYS.some(key => row[key] === name)

function named(rows: readonly Row[], kind: string, name: string): Row {
  const found = rows.find(row => isNamed(row, name))
  if (found) return found
  throw new PbxError('console.not-found', `there is no ${kind} “${name}”`, { status: 404 })
}

function assignment(text: string, before: Readonly<Record<string, unknown>>): [string, unknown] {
  const at = text.indexOf('=')
  if (at < 1) throw wrong(`FIELD=VALUE instead of ${text}`)
  const [field, value] = [text.slice(0, at), text.slice(at + 1)]
  // What people dial is text made of digits: a field is a number only where it was one before.
  return [field, typeof before[field] === 'number' ? Number(value) : parsed(value)]
}

/** Objects, lists, booleans and null are JSON; everything else is text, because numbers that people dial are text. */
function parsed(value: string): unknown {
  if (!/^[[{]|^(true|false|null)$|^"/.test(value)) return value
  try {
    return JSON.parse(value)
  } catch {
    throw wrong(`valid JSON instead of ${value}`)
  }
}

const wrong = (usage: string) => new PbxError('console.usage', `type: ${usage}`, { status: 400 })
