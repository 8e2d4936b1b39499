// The character-device driver in a process of its own, for tests that preload a GPIO chip into it: commands in, facts out.

import { systemClock } from '../clock.ts'
import { createCharacterDevice } from '../gpio/character-device.ts'
import { createGpioDriver } from '../gpio/gpio-driver.ts'
import { createVoltages } from '../gpio/voltages.ts'
import { loadNative } from '../native.ts'
import { readProfile } from '../profile.ts'
import { lineCutter } from '../protocol-lines.ts'

const [directory, json] = process.argv.slice(2)
if (directory === undefined || json === undefined) throw new Error('driver-child.ts DIRECTORY PROFILE')
const say = (fact: object) => void process.stdout.write(`${JSON.stringify(fact)}\n`)
const driver = createGpioDriver({
  profile: readProfile(json),
  clock: systemClock,
  bank: createCharacterDevice({ native: loadNative(), clock: systemClock, directory }),
  voltages: createVoltages({ channels: [], clock: systemClock }),
  buses: [],
})
const cut = lineCutter(line => {
  const command = JSON.parse(line) as { do: 'start' | 'set' | 'close'; line?: string; on?: boolean }
  if (command.do === 'set') driver.set(command.line ?? '', command.on === true)
  if (command.do === 'close') driver.close()
  if (command.do !== 'start') return
  const observer = {
    reading: (terminal: string, value: unknown, at: number) => say({ terminal, value, at }),
    problem: (code: string, text: string, state: string) => say({ code, text, state }),
  }
  driver.start(observer).then(
    () => say({ started: true }),
    (error: unknown) => say({ failed: String(error) }),
  )
})
process.stdin.on('data', (bytes: Buffer) => void cut(bytes))
process.stdin.on('end', () => driver.close())
