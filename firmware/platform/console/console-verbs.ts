// What can be asked at the console: everything the web can, in the name of whoever sits at the box.
import { Value } from 'typebox/value'
import { PbxError } from '../../kernel/errors.ts'
import type { Host } from '../../kernel/host.ts'
import type { Operation, Store, Who } from '../../kernel/store.ts'
import { describe } from '../http/describe.ts'
import { explain as whereTo } from './explain.ts'

export interface ConsoleBox {
  readonly host: Host
  readonly store: Store
  /** Engine figures: switch, event loop, memory; `anew` counts the event loop's delays from now on. */
  engine(o: { readonly anew: boolean }): object
}

export type ConsoleRequest =
  /** A route of a feature, by its path below `/api/`. */
  | { readonly ask: 'route'; readonly path: string; readonly input?: unknown }
  | { readonly ask: 'problems' }
  | { readonly ask: 'metrics' }
  | { readonly ask: 'features' }
  | { readonly ask: 'engine'; readonly anew?: boolean }
  | { readonly ask: 'explain'; readonly dialled: string; readonly from: string }
  | { readonly ask: 'resources'; readonly kind: string }
  | { readonly ask: 'settings'; readonly feature: string }
  | { readonly ask: 'new-id'; readonly kind: string }
  | { readonly ask: 'change'; readonly why: string; readonly ops: readonly Operation[] }
  | { readonly ask: 'undo'; readonly rev: number }
  | { readonly ask: 'history'; readonly limit: number }

/** The console is guarded by the rights of its socket: whoever can open it may do everything. */
const CONSOLE: Who = { by: 'console', name: 'console' }

/** Answers one request; throws PbxError with what is wrong and the remedy. */
export function answerConsole(request: ConsoleRequest, box: ConsoleBox): Promise<unknown> | unknown {
  const { host, store } = box
  switch (request.ask) {
    case 'route':
      return route(request, host)
    case 'problems':
      return {
        problems: host.problems(),
        setAside: store.setAside(),
        safeMode: host.safeMode,
        applying: host.applier.standing(),
      }
    case 'metrics':
      return describe(host).metrics
    case 'features':
      return describe(host).features.map(({ name, about, state }) => ({ name, about, state }))
    case 'engine':
      return box.engine({ anew: request.anew === true })
    case 'explain':
      return explain(request, box)
    case 'resources':
      return store.all(kindOf(request.kind, host))
    case 'settings':
      return store.settings(request.feature)
    case 'new-id':
      return store.newId(kindOf(request.kind, host))
    case 'change':
      return store.change({ why: request.why, author: CONSOLE, ops: request.ops })
    case 'undo':
      return store.undo(request.rev, CONSOLE)
    case 'history':
      return store.history(request.limit)
    default:
      throw new PbxError('console.unknown', `the console does not know this request: ${JSON.stringify(request)}`)
  }
}

function kindOf(name: string, host: Host) {
  const kinds = describe(host).features.flatMap(feature => feature.resources)
  const kind = kinds.find(one => one.kind === name)
  if (kind) return kind
  const known = kinds.map(one => one.kind).join(', ')
  throw new PbxError('console.unknown-kind', `there is no kind "${name}"`, { fields: { kind: `one of: ${known}` } })
}

function route(request: { path: string; input?: unknown }, host: Host): unknown {
  const routes = describe(host).features.flatMap(feature => feature.routes)
  const found = routes.find(one => one.path === request.path)
  if (!found) throw new PbxError('console.unknown-route', `there is no route "${request.path}"`, { status: 404 })
  const input = request.input ?? {}
  if (found.input && !Value.Check(found.input, input)) {
    const [first] = [...Value.Errors(found.input, input)]
    throw new PbxError('console.bad-input', `${first?.instancePath || 'the input'}: ${first?.message ?? 'is wrong'}`)
  }
  return found.run(input as never, CONSOLE)
}

/** `from` is an extension's number, a line's name or `trunk:NAME`: the phases see a call from there. */
function explain(request: { dialled: string; from: string }, { host, store }: ConsoleBox): Promise<unknown> {
  const { dialled, from } = request
  const emergency = store.reserves(dialled)
  const source = { family: 4, host: '127.0.0.1', port: 5060, transport: 'udp' } as const
  const [, trunk] = /^trunk:(.+)$/.exec(from) ?? []
  if (trunk !== undefined) {
    const id = trunkOf(trunk, host)
    return whereTo(host.exchange, { dialled, from: { number: trunk, name: trunk, trunk: id, trust: 'trunk' } })
  }
  const line = lineOf(from, host)
  return whereTo(host.exchange, {
    dialled,
    emergency,
    arrival: { from: { user: from, name: '' }, source, ...(line !== undefined && { line }) },
  })
}

/** The trunk of this name; of a name that nobody has, the name. */
function trunkOf(name: string, host: Host): string {
  const all = host.shared.store.all(kindOf('trunk', host)) as readonly { readonly name: string; readonly id: string }[]
  return all.find(one => one.name.toLowerCase() === name.toLowerCase())?.id ?? name
}

/** The line that a number or a name at the console means: by its own name, or the first that carries the extension. */
function lineOf(from: string, host: Host): string | undefined {
  const rows = (kind: string) =>
    host.shared.store.all(kindOf(kind, host)) as readonly (Record<string, unknown> & { id: string })[]
  const extension = rows('extension').find(one => one.number === from)
  return rows('line').find(one => one.authName === from || (extension !== undefined && one.extension === extension.id))
    ?.id
}
