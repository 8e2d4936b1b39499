// A call that is forwarded: where it goes, what its record says, and that no extension forwards it twice.
import type { Next } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import { type Diverting, extensions } from '../../phones/extensions/feature.ts'
import type { Switches } from './switches.ts'

/** One forward on a call's way; travels with it from destination to destination. */
interface Step {
  readonly extension: string
  readonly number: string
  readonly when: string
}

/** Where the call goes on; undefined: nowhere, its phones ring or it ends. */
export function forward(ctx: Context, switches: Switches, o: Diverting): Next | undefined {
  const before = stepsOf(o.options)
  // Two who forward to one another: the second time the phone rings instead.
  if (before.some(step => step.extension === o.extension)) return undefined
  const to = switches.find(o.extension, o.when)
  if (!to) return undefined
  const { number = '', name = '' } = ctx.use(extensions).get(o.extension) ?? {}
  const forwards = [...before, { extension: o.extension, number, when: o.when }]
  o.caller.call.divert({ extension: o.extension, number, name, why: o.when })
  const options = 'options' in to && typeof to.options === 'object' ? to.options : {}
  return { goto: { kind: to.kind, id: to.id, options: { ...options, forwards } } }
}

function stepsOf(options: Readonly<Record<string, unknown>>): readonly Step[] {
  return Array.isArray(options.forwards) ? options.forwards.filter(isStep) : []
}

const isStep = (value: unknown): value is Step =>
  typeof value === 'object' && value !== null && typeof (value as Partial<Step>).extension === 'string'
