// The board's socket under clients that do not read, talk rubbish, or come while another board is there.
import { mkdtempSync, rmSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { FromBoard } from './protocol.ts'
import { lineCutter } from './protocol-lines.ts'
import { type BoardServer, openServer } from './server.ts'

interface Rig {
  readonly server: BoardServer
  readonly path: string
  readonly commands: string[]
  close(): void
}

async function rig(): Promise<Rig> {
  const directory = mkdtempSync(join(tmpdir(), 'server-'))
  const path = join(directory, 'board.sock')
  const commands: string[] = []
  const server = await openServer({
    path,
    greeting: () => [problem('greeting')],
    command(line) {
      commands.push(line)
      return line === 'refuse me' ? { say: 'refused', command: line, why: 'because' } : undefined
    },
  })
  return {
    server,
    path,
    commands,
    close() {
      server.close()
      rmSync(directory, { recursive: true })
    },
  }
}

const problem = (code: string): FromBoard => ({ say: 'problem', code, text: 'x'.repeat(1000), solved: false })

function client(path: string): { socket: Socket; heard: FromBoard[] } {
  const heard: FromBoard[] = []
  const socket = connect(path)
  const cut = lineCutter(line => void heard.push(JSON.parse(line) as FromBoard))
  socket.on('data', chunk => void cut(chunk))
  return { socket, heard }
}

async function until(condition: () => boolean): Promise<boolean> {
  for (const deadline = performance.now() + 10_000; performance.now() < deadline; ) {
    if (condition()) return true
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  return false
}

test('a client that does not read is dropped, and the one beside it hears everything', async t => {
  const r = await rig()
  const deaf = connect(r.path)
  deaf.pause()
  let dropped = false
  deaf.on('close', () => {
    dropped = true
  })
  const good = client(r.path)
  t.true(await until(() => good.heard.length === 1))
  for (let i = 0; i < 100; i += 1) {
    for (let k = 0; k < 50; k += 1) r.server.broadcast(problem(`p-${i}-${k}`))
    await until(() => good.heard.length === 1 + 50 * (i + 1))
  }
  t.is(good.heard.length, 5001)
  deaf.resume()
  t.true(await until(() => dropped))
  good.socket.destroy()
  r.close()
})

test('a command that comes in pieces is one command, and a refusal goes to its client alone', async t => {
  const r = await rig()
  const [one, other] = [client(r.path), client(r.path)]
  t.true(await until(() => one.heard.length === 1 && other.heard.length === 1))
  one.socket.write('first')
  one.socket.write(' half\nrefuse')
  one.socket.write(' me\n')
  t.true(await until(() => one.heard.length === 2))
  t.deepEqual(r.commands, ['first half', 'refuse me'])
  t.is(one.heard[1]?.say, 'refused')
  t.is(other.heard.length, 1)
  one.socket.destroy()
  other.socket.destroy()
  r.close()
})

test('a line without end costs its client the connection, not the board its memory', async t => {
  const r = await rig()
  const socket = connect(r.path)
  socket.on('error', () => {})
  let closed = false
  socket.on('close', () => {
    closed = true
  })
  for (let i = 0; i < 100 && !closed; i += 1) socket.write('x'.repeat(100_000))
  t.true(await until(() => closed))
  t.deepEqual(r.commands, [])
  r.close()
})

test('a second board is refused while the first one answers, and takes over a socket that nobody owns', async t => {
  const r = await rig()
  const second = { path: r.path, greeting: () => [], command: () => undefined }
  await t.throwsAsync(openServer(second), { message: /another board is running/ })
  r.server.close()
  const server = await openServer(second)
  server.close()
  rmSync(join(r.path, '..'), { recursive: true })
})
