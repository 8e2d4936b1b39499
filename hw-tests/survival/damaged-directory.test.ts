// A box whose directory was damaged in every file at once, as a dying disk, a torn write or a clumsy hand leaves it: it
// starts, loses nothing that is kept twice, says in words what it lost, and alarms and calls for help work.
import { cpSync, mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import test from 'ava'
import { compactDocument, loadDocument } from '../../firmware/platform/store/document-files.ts'
import { NodeFiles } from '../../firmware/platform/store/files.ts'
import { header, method } from '../../native/pjsip-binding/test/message.ts'
import { Phone } from '../../native/pjsip-binding/test/phone.ts'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'
import { openPinsWitness } from '../witness/pins.ts'
import { armed, type WitnessPlan, witnessPlant } from '../witness/plant.ts'
import { DAMAGES, type Damage, damage } from './damage.ts'

interface Shown {
  readonly problems: readonly { readonly code: string; readonly text: string; readonly remedy: string }[]
  readonly safeMode: readonly string[]
}
interface Plant {
  readonly box: TestBox
  readonly plan: WitnessPlan
  /** The box's directory as it was left in good order. */
  readonly whole: string
  readonly caller: Phone
  readonly guard: Phone
}

/** A box with an alarm plan, a guard who answers calls for help, a folded document and settled records, stopped. */
async function plant(): Promise<Plant> {
  const directory = mkdtempSync(join(tmpdir(), 'plant-pbx-box-'))
  // A board that somebody wired: its profile is a file of the directory like any other.
  const board = join(directory, 'data/board')
  mkdirSync(board, { recursive: true })
  cpSync(join(import.meta.dirname, '../../board/profiles/simulated.json'), join(board, 'profile.json'))
  const box = await TestBox.start({ directory })
  const { plans, stations } = await witnessPlant(box, {
    numbers: ['201', '203'],
    group: '239.192.77.7',
    port: 5018,
    repeats: 1,
  })
  const guardian = stations[1]
  const plan = plans[0]
  if (guardian === undefined || plan === undefined) throw new Error('the plant has two stations and plans')
  await box.put('emergency-plan', { name: 'Gate', answeringPoints: [guardian.extension], screens: [guardian.device] })
  const open = (user: string) =>
    Phone.open({ server: { host: box.host, port: box.sipPort }, account: { user, secret: `secret-of-${user}` } })
  const [caller, guard] = [await open('201'), await open('203')]
  for (const phone of [caller, guard]) await phone.register()
  await pressed(box, plan)
  await box.stop({ keep: true })
  fold(box)
  await box.launch()
  await box.put('extension', { number: '299', name: 'The last change, in the log alone' })
  await box.stop({ keep: true })
  const whole = `${box.directory}-whole`
  cpSync(box.directory, whole, { recursive: true, filter: file => !file.endsWith('.sock') })
  return { box, plan, whole, caller, guard }
}

/** Folds the log of changes twice, as months of use do: each collection has its file and the one before it. */
function fold(box: TestBox): void {
  const files = new NodeFiles()
  const directory = join(box.data, 'document')
  for (let n = 0; n < 2; n += 1) compactDocument(files, directory, loadDocument(files, directory).revision)
  files.close()
}

const filesBelow = (directory: string): string[] =>
  readdirSync(directory, { recursive: true, withFileTypes: true })
    .filter(entry => entry.isFile())
    .map(entry => join(entry.parentPath, entry.name))
    .sort()

/** The pins are the world outside, not the box's memory. */
const isOutside = (path: string) => path.startsWith('run/pins/') || /^run\/.*\.(log|pid)$/.test(path)
/** What nothing else in the directory can stand for, and the elder of two. */
const isKeptOnce = (path: string) =>
  /^data\/(document\/changes\.|vault\.log$|box\/machine\.key$)|\.previous(\.json)?$/.test(path)

async function spoilt(plant: Plant, kind: Damage, which: (path: string) => boolean): Promise<string[]> {
  const { box, whole } = plant
  await box.stop({ keep: true })
  rmSync(box.directory, { recursive: true, force: true })
  cpSync(whole, box.directory, { recursive: true })
  const victims = filesBelow(box.directory).filter(file => {
    const path = relative(box.directory, file)
    return !isOutside(path) && which(path)
  })
  for (const [n, file] of victims.entries()) damage(file, kind, 1 + n)
  await box.launch()
  return victims
}

const shownBy = async (box: TestBox) => (await box.console()).ask<Shown>({ ask: 'problems' })

async function pressed(box: TestBox, plan: WitnessPlan): Promise<void> {
  await armed(box)
  const pins = openPinsWitness({ run: box.run })
  const live = async () => {
    const { alarms } = await box.ask<{ alarms: { id: string; state: string }[] }>('alarms/live')
    return alarms.filter(alarm => alarm.state === 'raised')
  }
  const clear = async () => {
    for (const { id } of await live()) await box.ask('alarms/clear', { alarm: id })
  }
  try {
    // Live facts that were cut off may have lost the all-clear of an alarm, never the alarm: it lives again.
    await clear()
    await until('the strobe is off', () => !pins.isOn(plan.strobe))
    const press = await pins.press(plan.inputs[0] ?? '', 300)
    await pins.waitFor(plan.strobe, { on: true, since: press.at, milliseconds: 60_000 })
    await until('the press is an alarm', async () => (await live()).length > 0)
    await clear()
  } finally {
    pins.close()
  }
}

/** 911 without a password, answered by whoever the plan names. */
async function helped({ caller, guard }: Plant): Promise<void> {
  const dialog = await caller.invite('911', { challenged: false })
  // Pages of the alarms before it ring here too.
  const rung = await guard.next('the call for help', m => method(m) === 'INVITE' && /201/.test(header(m, 'From')))
  guard.reply(rung, 200, { tag: 'guard', body: guard.sdp() })
  dialog.acknowledge(await caller.response(200, 'INVITE'))
  await dialog.bye()
  guard.reply(await guard.request('BYE'), 200)
}

const numbersOf = async (box: TestBox) =>
  (await box.resources<{ number: string }>('extension')).map(one => one.number).sort()

/** Codes that must be shown, each with words and a remedy. */
async function shown(plant: Plant, codes: readonly RegExp[]): Promise<string[]> {
  let found: Shown['problems'] = []
  const all = async () => {
    found = (await shownBy(plant.box)).problems
    return codes.every(code => found.some(one => code.test(one.code) && one.text !== '' && one.remedy !== ''))
  }
  await until(`shown are ${codes.join(' ')}`, all, { everyMilliseconds: 100 }).catch((error: Error) => {
    throw new Error(`${error.message}; there are ${found.map(one => one.code).join(' ')}`)
  })
  return found.map(one => one.code)
}

/** Kept for all tests of this file: made once, and put back whole before each. */
const kept: { plant?: Plant } = {}
const present = (): Plant => {
  if (kept.plant === undefined) throw new Error('the plant was not made')
  return kept.plant
}
test.before('A plant that is in use', async () => {
  kept.plant = await plant()
})
test.after.always('The plant goes', async () => {
  const { box, whole, caller, guard } = present()
  for (const phone of [caller, guard]) phone.close()
  await box.stop()
  rmSync(whole, { recursive: true, force: true })
})

for (const kind of DAMAGES) {
  test.serial(`every file that another stands for is ${kind}: nothing is lost, the damage is shown`, async t => {
    const { box, plan, caller, guard } = present()
    await spoilt(present(), kind, path => !isKeptOnce(path))
    t.deepEqual((await shownBy(box)).safeMode, [])
    t.deepEqual(await numbersOf(box), ['201', '203', '299'], 'the log has what the files had')
    await shown(present(), [/^store\.snapshot-damaged:extension$/, /^store\.snapshot-damaged:plan$/])
    // What a log file of live facts lost can only be told when something of it is left, or when it is no file.
    const tells =
      kind === 'a directory' || kind === 'unreadable' ? [/^live\.not-restored:/, /^web\.keys-made-anew$/] : []
    await shown(present(), tells)
    await shown(present(), [/^board\.profile$/])
    for (const phone of [caller, guard]) await phone.register()
    await helped(present())
    await pressed(box, plan)
    await box.stop({ keep: true })
  })

  test.serial(`every file that is there once is ${kind}: the rest is there, and the loss is shown`, async t => {
    const { box, plan } = present()
    await spoilt(present(), kind, isKeptOnce)
    t.deepEqual((await shownBy(box)).safeMode, [])
    const numbers = await numbersOf(box)
    t.deepEqual(
      numbers.filter(number => number !== '299'),
      ['201', '203'],
      'the files have all but the last change',
    )
    await shown(present(), [/^store\.(machine-key-damaged|secrets-unreadable|secrets-missing|vault-unreadable)$/])
    // Without its secret a phone cannot register anew; it is still there where it was, and 911 asks for none.
    await helped(present())
    await pressed(box, plan)
    await box.stop({ keep: true })
  })
}
