// Features made for one test: destinations reached by codes, and phases.
import { extensions } from '../features/phones/extensions/feature.ts'
import type { DestinationKind, Leg, Phases } from '../kernel/call/call.types.ts'
import { type Context, feature } from '../kernel/feature.ts'

/** A feature of the test: destinations reached by codes `*1`, `*2` …, and phases. */
export function trial(
  o: (ctx: Context) => { codes?: Readonly<Record<string, DestinationKind>>; phases?: Phases },
  name = 'trial',
) {
  return feature<unknown, undefined>({
    name,
    about: 'For this test.',
    needs: [extensions],
    start(ctx) {
      const { codes = {}, phases } = o(ctx)
      const find = ({ dialled }: { dialled: string }) => (dialled in codes ? { kind: dialled, id: '' } : undefined)
      const route = Object.keys(codes).length ? { route: { slot: 'code' as const, find } } : {}
      return { destinations: codes, phases: { ...route, ...phases } }
    },
  })
}

/** A destination of one function. */
export const kind = (run: DestinationKind['run']): DestinationKind => ({ title: 'Trial', run, choices: () => [] })

/** Rings an extension for a caller, 20 seconds. */
export const ringFor = (ctx: Context, caller: Leg, number: string) => {
  const extension = ctx.store.owner(number)?.id ?? ''
  return caller.call.ring({ targets: ctx.use(extensions).targets(extension), patienceSeconds: 20 })
}
