// The loudspeaker output keeps its player open, starts it again when it ends, and never waits for it.
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { systemClock } from '../clock.ts'
import { openAplay } from './aplay.ts'

async function until(condition: () => boolean): Promise<boolean> {
  for (const deadline = systemClock.since() + 5000; systemClock.since() < deadline; ) {
    if (condition()) return true
    await new Promise(resolve => setTimeout(resolve, 5))
  }
  return false
}

/** Stands for the player: takes what comes into a file, and counts its starts. */
function player(body: string) {
  const directory = mkdtempSync(join(tmpdir(), 'player-'))
  const command = join(directory, 'player')
  writeFileSync(command, `#!/bin/sh\necho started >> ${directory}/starts\n${body.replaceAll('HERE', directory)}\n`)
  chmodSync(command, 0o755)
  const read = (file: string) => {
    try {
      return readFileSync(join(directory, file), 'utf8')
    } catch {
      return ''
    }
  }
  return {
    command,
    read,
    starts: () => read('starts').split('\n').length - 1,
    remove: () => rmSync(directory, { recursive: true }),
  }
}

test('the player is there before the first sound and gets all of it', async t => {
  const p = player('exec cat > HERE/heard')
  const output = openAplay({ device: 'default', label: 'Hall', clock: systemClock, problem() {}, command: p.command })
  t.true(await until(() => p.starts() === 1))
  for (let i = 0; i < 5; i += 1) output.write(new Int16Array(160).fill(257))
  t.true(await until(() => p.read('heard').length === 5 * 320))
  output.close()
  p.remove()
})

test('a player that ends is a problem, is started again, and the problem ends with the next sound', async t => {
  const p = player('[ $(wc -l < HERE/starts) -gt 1 ] && exec cat > /dev/null; exit 3')
  const states: string[] = []
  const output = openAplay({
    device: 'default',
    label: 'Hall',
    clock: systemClock,
    problem: (_text, state) => void states.push(state),
    command: p.command,
  })
  t.true(await until(() => p.starts() === 2))
  output.write(new Int16Array(160))
  t.is(states[0], 'raised')
  t.is(states.at(-1), 'solved')
  output.close()
  p.remove()
})

test('a player that takes nothing makes nobody wait', t => {
  const p = player('exec sleep 60')
  const output = openAplay({ device: 'default', label: 'Hall', clock: systemClock, problem() {}, command: p.command })
  for (let i = 0; i < 10_000; i += 1) output.write(new Int16Array(160))
  output.close()
  p.remove()
  t.pass()
})
