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
  /** Where GPIO chips are. */
  readonly devices: string
  readonly clock: BoardClock
}

export async function openDriver({ profile, run, devices, clock }: DriverOptions): Promise<Driver> {
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
    bank: await openBank(devices, clock),
    voltages: createVoltages({ channels, clock }),
    buses: await openBuses(profile, clock),
  })
}

async function openBank(devices: string, clock: BoardClock): Promise<LineBank> {
  const characterDevice = readdirSync(devices).some(name => /^gpiochip\d+$/.test(name))
  if (!characterDevice && existsSync('/sys/class/gpio')) {
    const { createSysfs } = await import('./gpio/sysfs.ts')
    return createSysfs({ clock })
  }
  const { createCharacterDevice } = await import('./gpio/character-device.ts')
  const native = (await import('./native.ts')).loadNative()
  const { leftDescriptors } = await import('./left-descriptors.ts')
  const { NOTIFY_SOCKET: socket } = process.env
  const notify =
    socket === undefined ? undefined : (state: string, descriptor?: number) => native.notify(socket, state, descriptor)
  const left = leftDescriptors({ environment: process.env, pid: process.pid, notify })
  return createCharacterDevice({ native, clock, directory: devices, left })
}

async function openBuses(profile: ProfileFile, clock: BoardClock): Promise<readonly ModuleBus[]> {
  if (profile.buses.length === 0) return []
  const { openModuleBus } = await import('./serial/module-bus.ts')
  return profile.buses.map(bus => {
    const modules = profile.inputs.flatMap(({ wiring: w }) => (w.kind === 'module' && w.bus === bus.id ? [w] : []))
    return openModuleBus({ bus, modules, clock })
  })
}
