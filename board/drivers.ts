// Which drivers a profile asks for; those that it does not ask for are not even loaded, so that the start stays short.
import { existsSync, readdirSync } from 'node:fs'
import type { Driver } from './board.ts'
import type { BoardClock } from './clock.ts'
import type { LineBank } from './gpio/line-bank.ts'
import type { ProfileFile } from './profile.ts'
import type { ModuleBus } from './serial/module-bus.ts'

export interface DriverOptions {
  readonly profile: ProfileFile
  readonly run: string
  readonly clock: BoardClock
}

export async function openDriver({ profile, run, clock }: DriverOptions): Promise<Driver> {
  if (profile.driver === 'simulated') {
    const { createSimulatedDriver } = await import('./simulated/simulated-driver.ts')
    return createSimulatedDriver({ profile, directory: run, clock })
  }
  const { createGpioDriver } = await import('./gpio/gpio-driver.ts')
  const { createVoltages } = await import('./gpio/voltages.ts')
  const channels = profile.inputs.flatMap(({ wiring: w }) => (w.kind === 'resistor' ? [w.channel] : []))
  return createGpioDriver({
    profile,
    clock,
    bank: await openBank(clock),
    voltages: createVoltages({ channels, clock }),
    buses: await openBuses(profile, clock),
  })
}

async function openBank(clock: BoardClock): Promise<LineBank> {
  const characterDevice = readdirSync('/dev').some(name => /^gpiochip\d+$/.test(name))
  if (!characterDevice && existsSync('/sys/class/gpio')) {
    const { createSysfs } = await import('./gpio/sysfs.ts')
    return createSysfs({ clock })
  }
  const [{ createCharacterDevice }, { loadNative }] = [
    await import('./gpio/character-device.ts'),
    await import('./native.ts'),
  ]
  return createCharacterDevice({ native: loadNative(), clock })
}

async function openBuses(profile: ProfileFile, clock: BoardClock): Promise<readonly ModuleBus[]> {
  if (profile.buses.length === 0) return []
  const { openModuleBus } = await import('./serial/module-bus.ts')
  return profile.buses.map(bus => {
    const modules = profile.inputs.flatMap(({ wiring: w }) => (w.kind === 'module' && w.bus === bus.id ? [w] : []))
    return openModuleBus({ bus, modules, clock })
  })
}
