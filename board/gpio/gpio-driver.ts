// The driver of a real board: contact lines, ADC channels, modules on serial buses, and loudspeakers by ALSA.
import { openAplay } from '../audio/aplay.ts'
import { type BoardObserver, type Driver, supervisingLines, terminalsOf } from '../board.ts'
import type { BoardClock } from '../clock.ts'
import type { ProfileFile } from '../profile.ts'
import type { ModuleBus } from '../serial/module-bus.ts'
import type { LineBank } from './line-bank.ts'
import type { Voltages } from './voltages.ts'

/** What contacts that supervise outputs and amplifiers are debounced with; milliseconds. */
const CONTACT_DEBOUNCE = 10

export interface GpioDriverOptions {
  readonly profile: ProfileFile
  readonly clock: BoardClock
  readonly bank: LineBank
  readonly voltages: Voltages
  readonly buses: readonly ModuleBus[]
}

export function createGpioDriver(o: GpioDriverOptions): Driver {
  const wanted = new Map<string, boolean>(o.profile.outputs.map(output => [output.line, output.failSafe === 'on']))
  let observer: BoardObserver | undefined
  let othersStarted = false

  const inputLines = new Map(
    o.profile.inputs.flatMap(({ wiring, debounceMilliseconds }) => {
      if (wiring.kind !== 'normally-closed' && wiring.kind !== 'two-contacts') return []
      return terminalsOf(wiring).map(line => [line, debounceMilliseconds] as const)
    }),
  )
  for (const line of supervisingLines(o.profile)) inputLines.set(line, CONTACT_DEBOUNCE)
  return {
    debounces: o.bank.debounces,
    async start(to) {
      observer = to
      // Modules and ADCs do not wait for a chip that is missing; they keep trying by themselves.
      if (!othersStarted) {
        o.voltages.start(to)
        for (const bus of o.buses) bus.start(to)
        othersStarted = true
      }
      o.bank.open({
        inputs: inputLines,
        outputs: wanted,
        edge: (line, closed, at) => to.reading(line, closed ? 1 : 0, at),
        silent: (line, at) => to.reading(line, 'silent', at),
        problem: to.problem,
      })
    },
    set(line, on) {
      wanted.set(line, on)
      return observer === undefined ? undefined : o.bank.set(line, on)
    },
    audio: amplifier =>
      openAplay({
        device: amplifier.device,
        label: amplifier.label,
        clock: o.clock,
        problem: (text, state) => observer?.problem(`board.audio:${amplifier.id}`, text, state),
      }),
    close() {
      o.bank.close()
      o.voltages.close()
      for (const bus of o.buses) bus.close()
    },
  }
}
