// The media plane's own tests, written in C++: built when stale, run group by group.
// SANITIZE=address or SANITIZE=thread runs them under that sanitizer.
import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { builtMedia } from './media-build.ts'

const run = promisify(execFile)
let program = ''

test.before('The test program is up to date', async t => {
  t.timeout(900_000)
  program = await builtMedia('media-plane-test')
})

const groups = {
  relay: 'Packets between two phones are relayed, renumbered and guarded',
  tones: 'Keys are heard in speech within the limits of ITU-T Q.24, and none where nobody presses any',
  keys: 'Keys pass between phones that say them in different ways',
  loss: 'Loss, jitter and pauses are smoothed over by what an ear makes of them',
  speech: 'Sounds, tones and keys reach a phone without a seam',
  mix: 'Phones hear one another in mixes and across codecs',
  room: 'Thirty people in a room hear one another, and none of them is cut off',
  overhear: 'An ear at a bridge hears both, and is heard by whom it speaks to',
  record: 'Both sides of a leg are recorded while the relay runs on',
  page: 'A page reaches every listener, late ones too',
  restore: 'A killed process is succeeded by one that goes on with its ports',
  quality: 'How a call sounds is counted, reported and understood',
  srtp: 'Encrypted legs are opened and sealed, and who cannot prove himself is not heard',
  dtls: 'Browsers prove themselves by checks and a handshake, and only then anything passes',
  memory: 'Memory that only the start needed is given back, and nothing that was written',
  robust: 'Malformed packets and crossing commands do no harm',
}

for (const [group, title] of Object.entries(groups))
  test.serial(title, async t => {
    t.timeout(300_000)
    const output = await run(program, [group], { maxBuffer: 64 << 20 }).then(
      done => done.stdout,
      (failed: Error & { stdout: string; stderr: string }) => `${failed.stdout}\n${failed.stderr}\n${failed.message}`,
    )
    t.regex(output, /^\d+ tests, 0 failed$/m, output)
    for (const line of output.split('\n')) if (line.startsWith('ok - ')) t.log(line.slice('ok - '.length))
  })
