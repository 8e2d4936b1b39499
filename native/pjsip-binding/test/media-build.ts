// The media plane's own programs (tests, benches), built from C++ when stale.
// SANITIZE=address or SANITIZE=thread builds them with that sanitizer.
import { execFile } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'

const run = promisify(execFile)
const source = join(import.meta.dirname, '../src/media/test')
const sanitize = process.env.SANITIZE ?? ''
const build = join(import.meta.dirname, '../build', `media-${sanitize === '' ? 'plain' : sanitize}`)

/** Where PJSIP was installed: PJSIP_PREFIX, else the newest build in the repository's cache. */
function pjsipPrefix(): string {
  const given = process.env.PJSIP_PREFIX
  if (given) return given
  const cache = join(import.meta.dirname, '../../../.tools/pjsip')
  const built = existsSync(cache) ? readdirSync(cache).filter(name => name.startsWith('plain-')) : []
  const found = built.map(name => join(cache, name)).find(path => existsSync(join(path, 'lib/pkgconfig')))
  if (!found) throw new Error('PJSIP is not built: run native/pjsip-binding/scripts/build-pjsip.sh .tools/pjsip')
  return found
}

/** Two runs at once must not build into the same directory: the second waits for the first. */
async function brought(command: string, ...words: string[]): Promise<void> {
  await run('flock', [join(build, 'lock'), command, ...words], { maxBuffer: 64 << 20 })
}

/** The path of that program, up to date. */
export async function builtMedia(program: 'media-plane-test' | 'mix-bench'): Promise<string> {
  mkdirSync(build, { recursive: true })
  if (!existsSync(join(build, 'Makefile')))
    await brought('cmake', '-S', source, '-B', build, `-DPJSIP_PREFIX=${pjsipPrefix()}`, `-DSANITIZE=${sanitize}`)
  await brought('cmake', '--build', build, '--target', program, '-j2')
  return join(build, program)
}
