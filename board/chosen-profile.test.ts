// A box whose profile is damaged starts on the copy that it kept, or on the simulated board, and says so.
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { chooseProfile, KEPT, keepCopy, type ProfilePaths } from './chosen-profile.ts'
import { openDisk } from './disk.ts'
import { createProblems } from './problems.ts'

const builtIn = join(import.meta.dirname, 'profiles/simulated.json')
const shipped = readFileSync(builtIn, 'utf8')
/** As the one that ships, of a box that can be told from it. */
const own = shipped.replace('"box-1"', '"hall-7"')

const clock = { now: () => 0, since: () => 0, after: () => () => {} }

function rig(t: ExecutionContext, name?: string) {
  const directory = mkdtempSync(join(tmpdir(), 'profile-'))
  t.teardown(() => rmSync(directory, { recursive: true, force: true }))
  const file = (name: string) => join(directory, name)
  const named = name === undefined ? undefined : file(name)
  const paths: ProfilePaths = { named, own: file('profile.json'), builtIn, kept: file(KEPT) }
  const choose = () => chooseProfile(paths)
  /** A start in good order, whose copy is kept. */
  const begun = async () => {
    writeFileSync(named ?? paths.own, own)
    const disk = openDisk(directory)
    await keepCopy(choose().copy ?? '', { disk, clock, problems: createProblems(() => {}) })
    await disk.close()
  }
  return { directory, file, choose, begun, paths }
}

test('without a profile the simulated board is in force, and nothing is wrong', t => {
  const { profile, problem, copy } = rig(t).choose()
  t.deepEqual([profile.box, problem, copy], ['box-1', undefined, undefined])
})

test('a profile that can be read is in force, and is what the copy is made of', async t => {
  const { choose, begun, file } = rig(t)
  await begun()
  t.deepEqual([choose().profile.box, choose().problem], ['hall-7', undefined])
  t.is(readFileSync(file(KEPT), 'utf8'), choose().copy ?? '')
  t.is(readFileSync(file(`${KEPT}.previous`), 'utf8'), choose().copy ?? '')
})

const damages: Readonly<Record<string, (file: string) => void>> = {
  'cut off': file => writeFileSync(file, own.slice(0, 200)),
  empty: file => writeFileSync(file, ''),
  'with a mistake in it': file => writeFileSync(file, own.replace('"normally-closed"', '"normaly-closed"')),
  'a directory': file => {
    rmSync(file)
    mkdirSync(file)
  },
  'a link in a circle': file => {
    rmSync(file)
    symlinkSync('profile.json', file)
  },
  gone: file => rmSync(file),
}

for (const [title, damaged] of Object.entries(damages)) {
  test(`when the profile is ${title}, the copy is in force and the problem is told`, async t => {
    const { choose, begun, paths } = rig(t)
    await begun()
    damaged(paths.own)
    const { profile, problem, copy } = choose()
    t.is(profile.box, 'hall-7')
    t.regex(problem ?? '', /profile\.json cannot be used: .+\. The board drives its terminals by the copy/)
    t.is(copy, undefined, 'no copy is made of a copy')
  })

  test(`when the profile is ${title} and one copy is damaged, the other is in force`, async t => {
    const { choose, begun, paths } = rig(t)
    await begun()
    damaged(paths.own)
    writeFileSync(paths.kept, readFileSync(paths.kept, 'utf8').replace('di-1', 'di-9'))
    t.is(choose().profile.box, 'hall-7')
  })

  test(`when the profile is ${title} and no copy can be read, the simulated board stands in and the danger is told`, async t => {
    const { choose, begun, paths } = rig(t)
    await begun()
    damaged(paths.own)
    for (const copy of [paths.kept, `${paths.kept}.previous`]) writeFileSync(copy, 'half a copy')
    const { profile, problem } = choose()
    t.is(profile.box, 'box-1')
    t.regex(problem ?? '', /WIRED TO THIS BOX DO NOTHING/)
  })
}

test('a first profile with a mistake names the field, and the box starts', t => {
  const { choose, paths } = rig(t)
  writeFileSync(paths.own, own.replace('"normally-closed"', '"normaly-closed"'))
  t.regex(choose().problem ?? '', /inputs\[0\]\.wiring\.kind/)
})

test('a profile named at the terminal that has a mistake, and was never whole, is refused by its field', t => {
  const { choose, paths } = rig(t, 'mine.json')
  writeFileSync(paths.named ?? '', own.replace('"normally-closed"', '"normaly-closed"'))
  t.throws(choose, { message: /mine\.json: inputs\[0\]\.wiring\.kind/ })
})

test('a named profile that was damaged later is stood in for by its copy; a start without a name is not', async t => {
  const { choose, begun, paths } = rig(t, 'mine.json')
  await begun()
  rmSync(paths.named ?? '')
  t.is(choose().profile.box, 'hall-7')
  const { profile, problem } = chooseProfile({ ...paths, named: undefined })
  t.deepEqual([profile.box, problem], ['box-1', undefined])
})

test('a copy that the disk refuses is a problem, tried again until it is kept', async t => {
  const { directory } = rig(t)
  const disk = openDisk(directory)
  let refusals = 2
  const refusing = {
    ...disk,
    replace: (name: string, bytes: string | Uint8Array) =>
      refusals-- > 0 ? Promise.reject(new Error('full')) : disk.replace(name, bytes),
  }
  const told: string[] = []
  const problems = createProblems(({ code, text }, state) => told.push(`${state} ${code} ${/full/.test(text)}`))
  const after = (_: number, then: () => void) => {
    const soon = setImmediate(then)
    return () => clearImmediate(soon)
  }
  await keepCopy('the copy', { disk: refusing, clock: { ...clock, after }, problems })
  t.deepEqual(told, ['raised board.profile-not-kept true', 'solved board.profile-not-kept true'])
  t.is(readFileSync(join(directory, KEPT), 'utf8'), 'the copy')
  await disk.close()
})
