// What is told beside a call for help: by the process that takes it, and by its successor when that died.
import type { Call } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import { locations } from '../../places/locations/feature.ts'
import type { EmergencyCall } from './facts.ts'
import { type Telling as Parts, tell, written } from './notice.ts'
import { conveyedOf } from './place.ts'
import { planOf } from './targets.ts'
import type { Telling } from './told.ts'
import type { UnderWay } from './under-way.ts'

/** Follows up what a predecessor left, and returns what tells of a call that begins. */
export function tellBeside(
  parts: Parts & { readonly ctx: Context },
  o: { readonly under: UnderWay; isTest(dialled: string): boolean },
): (call: Call) => Promise<void> {
  const { ctx, log, told } = parts
  const beside = async ({ id: call, startedAt: at, from, dialled }: Call) => {
    const { device, site, location } = from
    const where = {
      ...(location !== undefined && { location }),
      ...(device !== undefined && { device }),
      ...(site !== undefined && { site }),
    }
    const emergency: EmergencyCall = { call, dialled, at, ...conveyedOf(from, ctx.use(locations)), ...where }
    // Tried again after a failure it is the same call, and nobody is told twice.
    if (!told.begins(emergency, { ...(device !== undefined && { device }), ...(site !== undefined && { site }) }))
      return
    o.under.began(emergency)
    log.began(emergency)
    await tell(parts, emergency, planOf(ctx, site))
  }
  const tellRest = ({ call, site }: Telling) => {
    // Its end, too, may have gone with the process.
    if (!ctx.calls.live().some(({ id }) => id === call.call)) told.over(call.call)
    ctx.spawn('tell the rest of an emergency call', tell(parts, call, planOf(ctx, site)))
  }
  ctx.on('notice.tried', ({ call, whom, how, result }) => {
    if (call === undefined) return
    written(parts, { call: { call }, whom, how: `contact:${how}`, result })
    // Who pressed the key says so to everybody.
    if (result === 'confirmed' && o.under.get(call)) o.under.acknowledge(call, { by: 'box', name: whom })
  })
  ctx.on('calls.open', () => {
    told.unfinished().forEach(tellRest)
    const calls = ctx.calls.live().filter(({ emergency, dialled }) => emergency && !o.isTest(dialled))
    // Their ends may have gone with the process, before anything but the records knew of them.
    log.endedBut(
      calls.map(({ id }) => id),
      ctx.clock.now(),
    )
    // Of one that had only just begun nothing was kept but the call.
    for (const call of calls) ctx.spawn('tell of an emergency call', beside(call))
  })
  return beside
}
