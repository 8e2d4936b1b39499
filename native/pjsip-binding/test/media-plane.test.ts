// The media plane's own tests, written in C++: built when stale, run group by group.
// SANITIZE=address or SANITIZE=thread runs them under that sanitizer.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import test from 'ava'

const run = promisify(execFile)
const here = dirname(fileURLToPath(import.meta.url))
const source = join(here, '../src/media/test')
const sanitize = process.env.SANITIZE ?? ''
const build = join(here, '../build', `media-${sanitize === '' ? 'plain' : sanitize}`)

/** Where PJSIP was installed: PJSIP_PREFIX, else the newest build in the repository's cache. */
function pjsipPrefix(): string {
  const given = process.env.PJSIP_PREFIX
  if (given) return given
  const cache = join(here, '../../../.tools/pjsip')
  const built = existsSync(cache) ? readdirSync(cache).filter(name => name.startsWith('plain-')) : []
  const found = built.map(name => join(cache, name)).find(path => existsSync(join(path, 'lib/pkgconfig')))
  if (!found) throw new Error('PJSIP is not built: run native/pjsip-binding/scripts/build-pjsip.sh .tools/pjsip')
  return found
}

/** Two test runs at once must not build into the same directory: the second waits for the first. */
async function brought(command: string, ...words: string[]): Promise<void> {
  await run('flock', [join(build, 'lock'), command, ...words], { maxBuffer: 64 << 20 })
}

test.before('The test program is up to date', async t => {
  t.timeout(900_000)
  mkdirSync(build, { recursive: true })
  if (!existsSync(join(build, 'Makefile')))
    await brought('cmake', '-S', source, '-B', build, `-DPJSIP_PREFIX=${pjsipPrefix()}`, `-DSANITIZE=${sanitize}`)
  await brought('cmake', '--build', build, '--target', 'media-plane-test', '-j2')
})

const groups = {
  relay: 'Packets between two phones are relayed, renumbered and guarded',
  tones: 'Keys are heard in speech within the limits of ITU-T Q.24, and none where nobody presses any',
  keys: 'Keys pass between phones that say them in different ways',
  loss: 'Loss, jitter and pauses are smoothed over by what an ear makes of them',
  speech: 'Sounds, tones and keys reach a phone without a seam',
  mix: 'Phones hear one another in mixes and across codecs',
  record: 'Both sides of a leg are recorded while the relay runs on',
  page: 'A page reaches every listener, late ones too',
  restore: 'A killed process is succeeded by one that goes on with its ports',
  quality: 'How a call sounds is counted, reported and understood',
  srtp: 'Encrypted legs are opened and sealed, and who cannot prove himself is not heard',
  robust: 'Malformed packets and crossing commands do no harm',
}

for (const [group, title] of Object.entries(groups))
  test.serial(title, async t => {
    t.timeout(300_000)
    const output = await run(join(build, 'media-plane-test'), [group], { maxBuffer: 64 << 20 }).then(
      done => done.stdout,
      (failed: Error & { stdout: string; stderr: string }) => `${failed.stdout}\n${failed.stderr}\n${failed.message}`,
    )
    t.regex(output, /^\d+ tests, 0 failed$/m, output)
    for (const line of output.split('\n')) if (line.startsWith('ok - ')) t.log(line.slice('ok - '.length))
  })
