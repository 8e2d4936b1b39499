// The disk is full: calls, pages and alarms go on, changes are refused with the reason, and nothing acknowledged is lost.
import { execFile } from 'node:child_process'
import { closeSync, openSync, rmSync, writeSync } from 'node:fs'
import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import type { Alarm } from '../../firmware/features/safety/alarms/alarm.ts'
import { heardMessage } from '../audio/message.ts'
import { RtpListener } from '../audio/rtp-listener.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { hearEachOther, talk, Voice } from '../phones/voice.ts'
import { openPinsWitness } from '../witness/pins.ts'
import { armed, witnessPlant } from '../witness/plant.ts'

const run = promisify(execFile)

/** A directory for a box whose data are on a small disk of their own, gone with the test. Needs root. */
async function smallDisk(t: ExecutionContext, megabytes: number): Promise<{ directory: string; disk: string }> {
  const directory = await mkdtemp(join(tmpdir(), 'small-disk-'))
  const disk = join(directory, 'data')
  await mkdir(disk)
  await run('mount', ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'tmpfs', disk])
  t.teardown(async () => {
    await run('umount', ['--lazy', disk])
    await rm(directory, { recursive: true, force: true })
  })
  return { directory, disk }
}

/** Fills it to the last byte; returns the file that does. */
function fill(disk: string): string {
  const file = join(disk, 'filler')
  const handle = openSync(file, 'a')
  for (const size of [1 << 20, 4096, 1])
    for (;;) {
      try {
        if (writeSync(handle, Buffer.alloc(size, 1)) < size) break
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOSPC') break
        throw error
      }
    }
  closeSync(handle)
  return file
}

interface Shown {
  readonly problems: readonly { readonly code: string; readonly text: string; readonly remedy: string }[]
  readonly safeMode: readonly string[]
}
type Numbered = { id: string; rev: number; number: string }

const numbersOf = async (box: TestBox) => (await box.resources<Numbered>('extension')).map(one => one.number).sort()
const problemsOf = async (box: TestBox) => (await (await box.console()).ask<Shown>({ ask: 'problems' })).problems
const aboutTheDisk = async (box: TestBox) =>
  (await problemsOf(box)).filter(
    one => /^(store|live|records|board)\./.test(one.code) && /space|disk|full/i.test(`${one.text} ${one.remedy}`),
  )

/** Adds numbers until one is refused, noting those that were taken; returns the reason. */
async function firstRefusal(box: TestBox, taken: string[]): Promise<string> {
  for (let number = 300; number < 340; number++) {
    try {
      await box.stations([`${number}`])
      taken.push(`${number}`)
    } catch (error) {
      return error instanceof Error ? error.message : String(error)
    }
  }
  throw new Error('forty changes were taken by a full disk')
}

test.serial(
  'with its disk full a box calls, alarms and pages, refuses changes with the reason, and recovers',
  async t => {
    const { directory, disk } = await smallDisk(t, 48)
    const box = await TestBox.start({ directory })
    t.teardown(() => box.stop({ keep: true }))
    const group = `239.192.${1 + Math.floor(Math.random() * 250)}.${1 + Math.floor(Math.random() * 250)}`
    const loudspeaker = await RtpListener.open({ port: 5016, group })
    t.teardown(() => loudspeaker.close())
    const plant = await witnessPlant(box, { numbers: ['203'], group, port: 5016, repeats: 2 })
    await box.stations(['201', '202'])
    // Who talks is not paged: a second call would be heard beside the first.
    const [zone] = await box.resources<{ id: string; rev: number }>('zone')
    if (zone === undefined) throw new Error('a fresh box has a zone')
    const { id, rev, ...value } = zone
    await box.change('not the site', [{ op: 'put', kind: 'zone', id, rev, value: { ...value, sites: [] } }])
    await armed(box)
    const [a, b] = [await Voice.registered(t, box, '201'), await Voice.registered(t, box, '202')]
    const pins = openPinsWitness({ run: box.run })
    t.teardown(() => pins.close())
    const pid = box.pidOf('supervisor')
    const known = await numbersOf(box)

    const filler = fill(disk)
    const call = await talk(a, b)
    await hearEachOther(t, a, b)
    // The last page of each file still takes a little: what was accepted counts, the first that was not is the matter.
    const refused = await firstRefusal(box, known)
    t.regex(refused, /space|full/i)
    t.deepEqual(await numbersOf(box), known.sort())

    const [plan] = plant.plans
    if (plan === undefined) throw new Error('no plan')
    const pressed = await pins.press(plan.inputs[0] ?? '', 400)
    const lit = await pins.waitFor(plan.strobe, { on: true, since: pressed.at, milliseconds: 20_000 })
    t.log(`strobe after ${(lit.at - pressed.at).toFixed(0)} ms on a full disk`)
    const paged = () =>
      loudspeaker.streams.some(({ ssrc }) => heardMessage(loudspeaker.sound(ssrc), plan.message).timesInFull >= 2)
    await until('the page is heard', paged, { seconds: 20, everyMilliseconds: 250 }).catch(async error => {
      const { alarms } = await box.ask<{ alarms: Alarm[] }>('alarms/live')
      throw new Error(
        `${error instanceof Error ? error.message : error}: ${JSON.stringify([alarms, loudspeaker.streams])}`,
      )
    })
    const { alarms } = await box.ask<{ alarms: Alarm[] }>('alarms/live')
    t.is(alarms.length, 1)
    t.true((await aboutTheDisk(box)).length > 0, JSON.stringify(await problemsOf(box)))
    await hearEachOther(t, a, b)
    t.is(box.pidOf('supervisor'), pid)

    rmSync(filler)
    const takes = () =>
      box.stations(['299']).then(
        () => true,
        () => false,
      )
    await until('changes are taken again', takes, { seconds: 20, everyMilliseconds: 500 })
    const solved = async () => (await aboutTheDisk(box)).length === 0
    await until('no problem of the disk is left', solved, { seconds: 30, everyMilliseconds: 500 }).catch(
      async error => {
        throw new Error(`${error instanceof Error ? error.message : error}: ${JSON.stringify(await aboutTheDisk(box))}`)
      },
    )
    await call.hangUp()
    await engineIsEmpty(box)
    const now = await numbersOf(box)
    await box.stop({ keep: true })
    await box.launch()
    t.deepEqual(await numbersOf(box), now)
    const after = (await box.ask<{ alarms: Alarm[] }>('alarms/live')).alarms
    t.deepEqual(
      after.map(({ id, presses }) => [id, presses.length]),
      alarms.map(({ id, presses }) => [id, presses.length]),
    )
    t.deepEqual((await (await box.console()).ask<Shown>({ ask: 'problems' })).safeMode, [])
  },
)
