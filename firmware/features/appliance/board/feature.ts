// The board as people see it: inputs by their wiring, outputs as they are, and the simulated board's buttons.
import { type Context, feature, type Problem } from '../../../kernel/feature.ts'
import { routesOf } from './routes.ts'
import { words } from './words.en.ts'

declare module '../../../kernel/feature.ts' {
  interface Facts {
    'board.connected': { readonly driver: string }
    'board.disconnected': Readonly<Record<string, never>>
    'board.input-changed': { readonly input: string; readonly state: string; readonly fault?: string }
    'board.output-changed': { readonly output: string; readonly on: boolean; readonly owner?: string }
    'board.message-played': { readonly amplifier: string; readonly complete: boolean }
  }
}

export const board = feature<unknown, undefined>({
  name: 'board',
  about: 'Buttons, strobes, relays and lamps that are wired to this box.',
  permissions: { 'board.view': words['board.view'], 'board.operate': words['board.operate'] },
  words: { en: words },
  start(ctx) {
    ctx.signal.addEventListener('abort', tellFacts(ctx), { once: true })
    return { routes: routesOf(ctx), problems: () => problemsOf(ctx) }
  },
})
export default board

/** Passes what the board says on as facts; returns how to stop. */
function tellFacts(ctx: Context<unknown>): () => void {
  return ctx.board.on(event => {
    if (event.type === 'connected') ctx.emit('board.connected', { driver: event.profile.driver })
    else if (event.type === 'disconnected') ctx.emit('board.disconnected', {})
    else if (event.type === 'input-changed') ctx.emit('board.input-changed', event.input)
    else if (event.type === 'output-changed') ctx.emit('board.output-changed', event.output)
    else if (event.type === 'message-played') {
      ctx.emit('board.message-played', { amplifier: event.amplifier, complete: event.complete })
    }
  })
}

function problemsOf(ctx: Context<unknown>): readonly Problem[] {
  if (!ctx.board.connected) {
    return [
      {
        code: 'board.away',
        severity: 'danger',
        text: words['board.away'],
        remedy: words['board.away.remedy'],
        link: '/board',
      },
    ]
  }
  const labels = new Map(ctx.board.profile?.inputs.map(one => [one.id, one.label]))
  return [...outputProblems(ctx), ...inputProblems(ctx, labels)]
}

/** Outputs that do not show what they should, each by its name, which says where it hangs. */
function outputProblems(ctx: Context<unknown>): readonly Problem[] {
  const outputs = new Map(ctx.board.profile?.outputs.map(one => [one.id, one]))
  return ctx.board.outputs().flatMap(({ output, fault }) => {
    const known = outputs.get(output)
    if (fault === undefined || known === undefined) return []
    const text = words['board.output-fault'].replace('{output}', known.label).replace('{fault}', fault)
    const remedy = words['board.output-fault.remedy']
    const severity = known.use === 'lamp' ? 'serious' : 'danger'
    return [{ code: `board.output-fault:${output}`, severity, text, remedy, link: '/board' } as const]
  })
}

function inputProblems(ctx: Context<unknown>, labels: ReadonlyMap<string, string>): readonly Problem[] {
  return ctx.board
    .inputs()
    .filter(one => one.state === 'fault')
    .map(one => ({
      code: `board.input-fault:${one.input}`,
      severity: 'serious',
      text: words['board.input-fault']
        .replace('{input}', labels.get(one.input) ?? one.input)
        .replace('{fault}', one.fault ?? ''),
      remedy: words['board.input-fault.remedy'],
      link: '/board',
    }))
}
