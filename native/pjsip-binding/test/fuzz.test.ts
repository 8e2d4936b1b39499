// The short form of fuzzing whatever reads bytes of strangers: thousands of damaged inputs for each reader, the same each
// time, under the sanitizers. The long form is `npm run fuzz`.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'

const run = promisify(execFile)
const builds = new URL('../build/', import.meta.url).pathname
const folders = [
  dirname(process.env.PLANT_SWITCH_ADDON ?? builds),
  join(builds, 'switch'),
  join(builds, 'sanitize/switch'),
]
const program = folders.map(folder => join(folder, 'switch-fuzz')).find(existsSync) ?? ''
// The runner may itself be under a sanitizer's library: this program has its own.
const env = { ASAN_OPTIONS: 'handle_abort=1' }

/** Inputs of each target: about half a second's worth. */
const READERS: Readonly<Record<string, { readonly rounds: number; readonly of: string }>> = {
  datagram: { rounds: 100_000, of: 'the first look, the answer without a parser, and STUN of the SIP port' },
  stream: { rounds: 2_000, of: 'connections, however they are cut' },
  sdp: { rounds: 3_000, of: 'session descriptions, read and written' },
  digest: { rounds: 20_000, of: 'digests' },
  json: { rounds: 50_000, of: 'JSON of what came off the wire' },
  rtp: { rounds: 40_000, of: 'RTP and how it arrives' },
  rtcp: { rounds: 50_000, of: 'RTCP and its extended reports' },
  ice: { rounds: 20_000, of: 'connectivity checks' },
  dtls: { rounds: 1_500, of: 'handshakes in the media stream' },
  srtp: { rounds: 300, of: 'encrypted packets' },
  port: { rounds: 8_000, of: 'records of ports' },
  plane: { rounds: 2_000, of: 'the memory file of the media plane' },
  leg: { rounds: 2_000, of: 'the file of legs, and the dialogs made of it' },
  watcher: { rounds: 5_000, of: 'subscriptions, and the NOTIFYs made of them' },
  wav: { rounds: 1_500, of: 'sounds' },
}

test('every target of the fuzzers has its short form', async t => {
  if (program === '') return t.fail(`switch-fuzz is not built beside the addon: ${folders.join(', ')}`)
  const { stdout } = await run(program, ['list'], { env })
  t.deepEqual(stdout.trim().split('\n').sort(), Object.keys(READERS).sort())
})

for (const [harm, complaint] of [
  ['byte', /heap-buffer-overflow/],
  ['number', /signed integer overflow/],
] as const)
  test(`the sanitizers see a ${harm} too far`, async t => {
    const error = await t.throwsAsync<Error & { stderr?: string }>(run(program, ['harm', harm], { env }))
    t.regex(error?.stderr ?? '', complaint)
  })

for (const [target, { rounds, of }] of Object.entries(READERS))
  test.serial(`${rounds} damaged inputs do no harm to what reads ${of}`, async t => {
    const more = target === 'datagram' ? [new URL('./rfc4475/', import.meta.url).pathname] : []
    const { stdout } = await run(program, ['run', target, String(rounds), '4475', ...more], { env })
    t.regex(stdout, new RegExp(`^${target}: ${rounds} inputs of \\d+ seeds\n$`))
  })
