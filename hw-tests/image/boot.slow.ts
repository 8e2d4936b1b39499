// The image as a machine: booted in qemu, looked at from outside, cut from power, booted again with what it knew.
import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test from 'ava'

test('the image boots, answers on pages and SIP, and comes back from a power cut with its document', async t => {
  t.timeout(3_600_000)
  const project = join(import.meta.dirname, '..', '..')
  const options = { cwd: project, maxBuffer: 2 ** 24 }
  const { stdout } = await promisify(execFile)('npm', ['run', 'image:boot'], options)
  t.log(stdout)
  t.regex(stdout, /a change was acknowledged, and the power cut[\s\S]*the change is there\nthe image is sound/)
})
