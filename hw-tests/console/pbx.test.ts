// The box's own command line, as a technician types it at the box.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'
import { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import { TestBox } from '../lab/box.ts'
import { armed } from '../witness/plant.ts'

const run = promisify(execFile)
const context: { box?: TestBox; phone?: Softphone } = {}

test.before(async () => {
  const box = await TestBox.start()
  context.box = box
  await box.stations(['201', '202'])
  context.phone = await Softphone.start({ user: '201', password: 'secret-of-201', registrar: `sip:${box.registrar}` })
  await context.phone.register()
})
test.after.always(async () => {
  await context.phone?.stop()
  await context.box?.stop()
})

async function pbx(...words: string[]): Promise<string> {
  const program = join(import.meta.dirname, '..', '..', 'firmware', 'pbx.ts')
  const { stdout } = await run(process.execPath, [program, '--run', context.box?.run ?? '', ...words])
  return stdout
}

/** What a command that fails says. */
const complaint = (...words: string[]) =>
  pbx(...words).then(
    text => `no complaint: ${text}`,
    (error: { stderr: string }) => error.stderr,
  )

test.serial('status tells what is wrong and what to do', async t => {
  const text = await pbx('status')
  t.regex(text, /SERIOUS {2}The site “Plant” has no street address/)
  t.regex(text, /→ Enter house number/)
})

test.serial('phones shows who is registered, from where, with which phone', async t => {
  t.regex(await pbx('phones'), /201 +201 Post 201 +Phone 201 +registered +127\.0\.0\.1/)
})

test.serial('explain says who knew the caller, where the call goes, and why', async t => {
  const text = await pbx('explain', '202', '--from', '201')
  t.regex(text, /from +Post 201 201 \(line\), known by extensions/)
  t.regex(text, /goes to +extension: 202 Post 202, decided by number plan/)
  t.regex(await pbx('explain', '999', '--from', '201'), /refused +not-found/)
  // Help is never refused: neither to a line, nor to a phone that nobody knows.
  for (const number of ['911', '9911', '933'])
    for (const from of ['201', '777'])
      t.regex(await pbx('explain', number, '--from', from), /goes to +emergency: .*decided by emergency branch/)
  t.regex(await pbx('explain', '202', '--from', 'trunk:telco'), /refused +not-found/)
})

test.serial('press operates a button of the simulated board, and alarms shows what it came to', async t => {
  await armed(context.box as TestBox)
  t.regex(await pbx('press', 'Button 4'), /pressed Button 4 \(in-4\)/)
  const text = await pbx('alarms')
  t.regex(text, /Medical: raised since .*Button 4/)
  t.regex(text, /done +strobe/)
  t.regex(await complaint('press', 'in-99'), /no such input/)
})

test.serial('config get, set, undo and history change the settings like anybody else', async t => {
  t.regex(await pbx('config', 'set', 'extension', '202', 'name=Gate'), /changed extension 202, revision \d+/)
  t.regex(await pbx('config', 'get', 'extension', '202'), /"name": "Gate"/)
  t.regex(await pbx('config', 'undo'), /is taken back/)
  t.regex(await pbx('config', 'get', 'extension', '202'), /"name": "Post 202"/)
  t.regex(await pbx('config', 'history'), /console +pbx config set extension 202/)
  t.regex(await complaint('config', 'set', 'extension', '202', 'number=911'), /number/)
  t.regex(await complaint('config', 'get', 'spaceship'), /one of: /)
})

test.serial('calls, engine and --json', async t => {
  t.is((await pbx('calls')).trim(), 'Nobody talks.')
  t.deepEqual(JSON.parse(await pbx('calls', '--json')), { calls: [] })
  t.true(JSON.parse(await pbx('engine')).memory.rss > 0)
})

test.serial('a box that does not run is said plainly', async t => {
  const program = join(import.meta.dirname, '..', '..', 'firmware', 'pbx.ts')
  const failed = await t.throwsAsync(run(process.execPath, [program, '--run', '/nowhere', 'status']))
  t.regex((failed as unknown as { stderr: string }).stderr, /does not answer at \/nowhere\/console\.sock.*npm start/)
})
