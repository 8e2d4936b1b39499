// The phones and speakers that a zone can hold, as devices, lines and registrar know them at this moment.
import type { Binding } from '../../../kernel/call/call.types.ts'
import type { Devices } from '../../phones/devices/feature.ts'
import type { Lines } from '../../phones/lines/feature.ts'
import type { Registrar } from '../../phones/registrar/feature.ts'
import type { Hearer } from './resolve.ts'

/** Things with a loudspeaker that answer a page by themselves. */
const LOUD: ReadonlySet<string> = new Set(['phone', 'softphone', 'speaker', 'console'])

/** Who can hear, and where each is reached, at one moment. */
export interface Phones {
  readonly hearers: readonly Hearer[]
  bindingsOf(device: string): readonly Binding[]
}

/** One pass over memory, so that hundreds of phones cost milliseconds. A page follows the phone that stands there. */
export function phonesNow(o: { devices: Devices; lines: Lines; registrar: Registrar }): Phones {
  const bindings = new Map<string, readonly Binding[]>()
  // The first line of a device that is registered speaks for it: it must not be rung twice.
  for (const line of [...o.lines.inUse()].sort((a, b) => a.index - b.index)) {
    const found = bindings.get(line.device)?.length ? [] : o.registrar.bindingsOf(line.id)
    if (found.length > 0) bindings.set(line.device, found)
  }
  const bindingsOf = (device: string) => bindings.get(device) ?? []
  // A loudspeaker without a line cannot sign in: nothing is known of it, and the stream is its only way to hear.
  const withLine = new Set<string>(o.lines.inUse().map(line => line.device))
  const answers = ({ line, contact }: Binding) => o.registrar.reachable(line, contact) !== false
  const isAstray = (device: string) => withLine.has(device) && !bindingsOf(device).some(answers)
  const loud = o.devices.inUse().filter(device => LOUD.has(device.kind))
  const hearers = loud.map(device => {
    const { site, location } = o.devices.whereabouts(device, bindingsOf(device.id)[0]?.source.host)
    return { id: device.id, label: device.name, site, location, astray: isAstray(device.id) }
  })
  return { hearers, bindingsOf }
}
