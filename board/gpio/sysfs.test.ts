// Numbers of lines on kernels without the character device, and voltages of ADC channels, over directories like sysfs's.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { Reading } from '../board.ts'
import { createFakeClock } from '../testkit/fake-clock.ts'
import { placeOf } from './line-bank.ts'
import { sysfsBases } from './sysfs.ts'
import { createVoltages } from './voltages.ts'

function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'sysfs-'))
  for (const [file, content] of Object.entries(files)) {
    mkdirSync(join(root, file, '..'), { recursive: true })
    writeFileSync(join(root, file), content)
  }
  return root
}

test('the first number of a chip is found by its label', t => {
  const root = tree({
    'gpiochip512/label': 'pinctrl\n',
    'gpiochip512/base': '512\n',
    'gpiochip1008/label': 'expander\n',
    'gpiochip1008/base': '1008\n',
    export: '',
  })
  t.deepEqual([...sysfsBases(root)].sort(), [
    ['expander', 1008],
    ['pinctrl', 512],
  ])
  rmSync(root, { recursive: true })
})

test('a line is a chip and an offset, and anything else is refused', t => {
  t.deepEqual(placeOf('gpio-sim.0:node0:17'), { label: 'gpio-sim.0:node0', offset: 17 })
  t.throws(() => placeOf('17'), { message: /not of the form/ })
})

test('a voltage is told when it changes by more than noise, and silence when the device goes', async t => {
  const root = tree({
    'iio:device0/name': 'ads1015\n',
    'iio:device0/in_voltage2_raw': '550\n',
    'iio:device0/in_voltage_scale': '3.0\n',
  })
  const clock = createFakeClock()
  const told: Reading[] = []
  const voltages = createVoltages({ channels: ['ads1015:2'], clock, directory: root })
  voltages.start({ reading: (_terminal, value) => void told.push(value), problem() {} })
  const after = async (raw: string | undefined, count: number) => {
    const file = join(root, 'iio:device0/in_voltage2_raw')
    if (raw === undefined) rmSync(file)
    else writeFileSync(file, raw)
    for (const deadline = performance.now() + 10_000; told.length < count && performance.now() < deadline; ) {
      await new Promise(resolve => setTimeout(resolve, 1))
      clock.advance(25)
    }
  }
  await after('550', 1)
  await after('552', 1)
  for (let i = 0; i < 50; i += 1) {
    await new Promise(resolve => setTimeout(resolve, 1))
    clock.advance(25)
  }
  t.deepEqual(told, [1650])
  await after('250', 2)
  await after(undefined, 3)
  t.deepEqual(told, [1650, 750, 'silent'])
  voltages.close()
  rmSync(root, { recursive: true })
})

test('an ADC that hangs silences its own channels within a second, and no other ADC’s', async t => {
  const root = tree({
    'iio:device0/name': 'dead\n',
    'iio:device0/in_voltage_scale': '1\n',
    'iio:device1/name': 'alive\n',
    'iio:device1/in_voltage_scale': '1\n',
  })
  const clock = createFakeClock()
  const told = new Map<string, Reading>()
  let wake = (_raw: string) => {}
  let level = '700'
  const read = (file: string) =>
    file.includes('device0')
      ? new Promise<string>(resolve => {
          wake = resolve
        })
      : Promise.resolve(level)
  const voltages = createVoltages({ channels: ['dead:0', 'dead:1', 'alive:0'], clock, directory: root, read })
  voltages.start({ reading: (channel, value) => void told.set(channel, value), problem() {} })
  const passes = async (milliseconds: number) => {
    for (let passed = 0; passed < milliseconds; passed += 25) {
      clock.advance(25)
      await new Promise(resolve => setImmediate(resolve))
    }
  }
  await passes(1000)
  t.deepEqual([...told].sort(), [
    ['alive:0', 700],
    ['dead:0', 'silent'],
    ['dead:1', 'silent'],
  ])
  level = '1600'
  await passes(100)
  t.is(told.get('alive:0'), 1600)
  wake('1700')
  await passes(50)
  t.is(told.get('dead:0'), 1700)
  voltages.close()
  rmSync(root, { recursive: true })
})
