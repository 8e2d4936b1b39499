// The short form of fuzzing what reads datagrams before the parser does: many thousands, the same each time, with sanitizers.
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'

const builds = new URL('../build/', import.meta.url).pathname
const folders = [
  dirname(process.env.PLANT_SWITCH_ADDON ?? builds),
  join(builds, 'switch'),
  join(builds, 'sanitize/switch'),
]

test('a hundred thousand damaged messages are read within their bounds, and answered with one whole message each', async t => {
  const program = folders.map(folder => join(folder, 'datagram-fuzz')).find(existsSync)
  if (program === undefined) return t.fail(`datagram-fuzz is not built beside the addon: ${folders.join(', ')}`)
  const seeds = new URL('./rfc4475/', import.meta.url).pathname
  // The runner may itself be under a sanitizer's library: this program has its own.
  const { stdout } = await promisify(execFile)(program, [seeds, '100000', '4475'], { env: {} })
  t.regex(stdout, /^100000 messages of 5\d seeds/)
})
