// What the kernel is told, so that help is reached even while this feature does not run.
import type { LastResort, RememberedWay, RingTarget } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import { devices } from '../../phones/devices/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { networks } from '../../places/networks/feature.ts'
import { emergencyPlanKind } from './settings.ts'

/** At a power-up hundreds of phones register within seconds: they are told of together. */
const TOGETHER_MILLISECONDS = 5000

/** Keeps the kernel informed of numbers, networks, ways outside and the phones of all answering points. Returns what has it told again, soon. */
export function keepLastResort(
  ctx: Context,
  o: { numbers(): readonly string[]; outside(): readonly RememberedWay[] },
): () => void {
  let told = ''
  let waiting = false
  const tell = () => {
    waiting = false
    const last: LastResort = {
      numbers: o.numbers(),
      networks: ctx.use(networks).emergencyPrefixes(),
      outside: o.outside(),
      targets: whom(ctx),
    }
    const text = JSON.stringify(last)
    if (text !== told) ctx.calls.rememberEmergency(last)
    told = text
  }
  const soon = () => {
    if (waiting) return
    waiting = true
    ctx.clock.after(TOGETHER_MILLISECONDS, tell)
  }
  ctx.on('phone.registered', soon)
  ctx.on('phone.unregistered', soon)
  ctx.on('document.changed', soon)
  tell()
  return soon
}

/** The answering points of every plan; where none is named, or none has a phone, every phone. */
function whom(ctx: Context): readonly RingTarget[] {
  const named = ctx.store.all(emergencyPlanKind).flatMap(plan => plan.answeringPoints)
  const points = [...new Set(named)].flatMap(extension => ctx.use(extensions).targets(extension))
  if (points.length) return points
  return ctx
    .use(devices)
    .inUse()
    .flatMap(device => ctx.use(extensions).targetsOfDevice(device.id))
}
