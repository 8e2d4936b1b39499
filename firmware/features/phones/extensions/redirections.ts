// A phone that sends its callers elsewhere by a key of its own (302): where the box lets them go.
import type { Leg, Next, Redirected } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import { type ExtensionsSettings, extensionKind } from './settings.ts'

/** Phones write numbers as people do. */
const SEPARATORS = /[-.() ]/g

/** The number plan that the extensions of a plant share with all else that can be dialled, and the ways out of it. */
const FOLLOWED = ['number-plan', 'outbound'] as const

/**
 * Where a call to an extension goes on whose phones sent it away; undefined: nowhere, they count as declined. The first
 * place that may be called is taken: of each phone the one that it likes best. The box dials the number itself, with the
 * rights of the extension: packets never go to an address that a phone names.
 */
export async function sentElsewhere(
  ctx: Context<ExtensionsSettings>,
  o: {
    readonly caller: Leg
    readonly extension: string
    readonly options: Readonly<Record<string, unknown>>
    readonly redirected: readonly Redirected[]
  },
): Promise<Next | undefined> {
  const { call } = o.caller
  const { phoneForwards } = ctx.settings
  if (!o.redirected.length || call.emergency || phoneForwards === 'ring-on') return undefined
  if (phoneForwards === 'refuse') return { end: 'declined' }
  // Two who send to one another: the second time nobody follows.
  if (call.diversions.some(({ extension }) => extension === o.extension)) return undefined
  const asked = o.redirected.flatMap(({ by, to }) => to.map(place => ({ by, place })))
  for (const { by, place } of asked) {
    const number = place.number.replace(SEPARATORS, '')
    const routed = place.here && isDialled(ctx, number) ? await ctx.calls.route(by, number) : undefined
    if (routed && 'to' in routed && FOLLOWED.some(slot => slot === routed.slot)) {
      const { name = '' } = ctx.store.get(extensionKind, o.extension) ?? {}
      call.divert({ extension: o.extension, number: by.number, name, why: 'phone' })
      const payer = routed.slot === 'outbound' && { onBehalfOf: o.extension }
      return { goto: { ...routed.to, options: { ...o.options, ...routed.to.options, ...payer } } }
    }
    call.note({ notFollowed: `${by.number}: ${place.uri}` })
  }
  return undefined
}

/** A number, and none that calls for help: who calls for help is not made of a forward. */
const isDialled = (ctx: Context, number: string): boolean =>
  /^\+?[0-9*#]{1,32}$/.test(number) && !ctx.store.reserves(number)
