// A switch that keeps to one address of its host pages an amplifier of the box, on its loopback; says how many packets came.
import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createSwitch } from '../../native/pjsip-binding/lib/index.ts'
import { RtpListener } from '../audio/rtp-listener.ts'
import { toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { formatWav } from '../audio/wav.ts'

const [host = ''] = process.argv.slice(2)
const directory = mkdtempSync(join(tmpdir(), 'one-address-'))
const sip = createSwitch()
sip.on(events => {
  if (events.some(event => event.type === 'page-ended')) process.stdout.write(`came: ${ear.streams[0]?.packets ?? 0}\n`)
})
await sip.start({
  listen: [{ transport: 'udp', host, port: 5060 }],
  rtp: { from: 20_000, to: 20_100 },
  realm: 'lab',
  userAgent: 'lab',
  stateDirectory: directory,
  expires: { min: 60, max: 600 },
})
const file = join(directory, 'tones.wav')
writeFileSync(file, formatWav(toneSound(toneSequence(1, { count: 3 }))))
await sip.loadSound('tones', file)
const ear = await RtpListener.open({})
sip.page({
  page: 'p1',
  source: { kind: 'playlist', playlist: { sounds: ['tones'], repeats: 1, gapMilliseconds: 0 } },
  listeners: [{ id: 'amplifier', kind: 'rtp', host: '127.0.0.1', port: ear.port, codec: 'PCMU' }],
  wholeRoundsForLate: 1,
})
