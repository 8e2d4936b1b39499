// Modules without types, made once: what runs is always the source as it is now, whatever became of the copies.
import { execFile } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'

const run = promisify(execFile)

/** A box of one module in a folder of its own. */
function house(t: ExecutionContext) {
  const root = mkdtempSync(join(tmpdir(), 'typeless-'))
  t.teardown(() => rmSync(root, { recursive: true, force: true }))
  mkdirSync(join(root, 'systemd'))
  writeFileSync(join(root, 'package.json'), '{"type":"module"}')
  copyFileSync(join(import.meta.dirname, 'typeless.js'), join(root, 'systemd/typeless.js'))
  const kept = join(root, '.tools/typeless', process.version)
  const stripper = `process.moduleLoadList.some(one => one.includes('amaro'))`
  return {
    kept,
    copies: () => readdirSync(kept).map(name => join(kept, name)),
    write: (says: string) =>
      writeFileSync(
        join(root, 'main.ts'),
        `const says: string = '${says}'\nconsole.log(says, ${stripper} ? 'stripped now' : 'kept')\n`,
      ),
    async says(): Promise<string> {
      const preload = join(root, 'systemd/typeless.js')
      const { stdout } = await run(process.execPath, ['--import', preload, join(root, 'main.ts')], {
        env: { NODE_OPTIONS: '--disable-warning=ExperimentalWarning' },
      })
      return stdout.trim()
    },
  }
}

test('a module is stripped of its types once; later starts take the copy, until the source changes', async t => {
  const { write, says, copies } = house(t)
  write('first')
  t.is(await says(), 'first stripped now')
  t.is(await says(), 'first kept')
  write('second')
  t.is(await says(), 'second stripped now')
  t.is(await says(), 'second kept')
  t.is(copies().length, 2)
})

test('a copy that a power cut left empty, or that rotted, is made again', async t => {
  const { write, says, copies } = house(t)
  write('whole')
  await says()
  const [copy = ''] = copies()
  for (const damage of [
    () => truncateSync(copy, 0),
    () => truncateSync(copy, 20),
    () => writeFileSync(copy, "console.log('something else')\n//0"),
  ]) {
    damage()
    t.is(await says(), 'whole stripped now')
    t.is(await says(), 'whole kept')
  }
})

test('where nothing can be kept, the box runs from the source', async t => {
  const { write, says, kept } = house(t)
  write('all the same')
  mkdirSync(join(kept, '..', '..'), { recursive: true })
  writeFileSync(join(kept, '..'), 'no folder')
  t.is(await says(), 'all the same stripped now')
  t.is(await says(), 'all the same stripped now')
})
