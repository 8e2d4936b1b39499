// The board's socket: several clients at once, none of which can make the board wait or end.
import { chmodSync, mkdirSync, rmSync } from 'node:fs'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import type { FromBoard } from './protocol.ts'
import { lineCutter } from './protocol-lines.ts'

/** A client that lets so much pile up is dropped; it gets the whole state again when it returns; bytes. */
const MOST_WAITING = 2 * 1024 * 1024
const MOST_CLIENTS = 32

export interface BoardServer {
  broadcast(message: FromBoard): void
  close(): void
}

export interface BoardServerOptions {
  readonly path: string
  /** What a new client is told first, in order. */
  greeting(): readonly FromBoard[]
  /** A line that a client said; what comes back is for this client alone. Must not throw. */
  command(line: string): FromBoard | undefined
}

/** Resolves when clients can connect; rejects when another board owns the socket. */
export async function openServer(o: BoardServerOptions): Promise<BoardServer> {
  mkdirSync(dirname(o.path), { recursive: true, mode: 0o750 })
  if (await answers(o.path)) throw new Error(`another board is running at ${o.path}`)
  rmSync(o.path, { force: true })
  const clients = new Set<Socket>()
  const tell = (client: Socket, line: string) => {
    if (client.writableLength > MOST_WAITING) client.destroy()
    else client.write(line)
  }
  const server = createServer(client => {
    if (clients.size >= MOST_CLIENTS) {
      client.destroy()
      return
    }
    clients.add(client)
    // The reason follows as `close`; a client that goes is no concern of the board.
    client.on('error', () => {})
    client.on('close', () => clients.delete(client))
    const cut = lineCutter(line => {
      const answer = o.command(line)
      if (answer !== undefined) tell(client, lineOf(answer))
    })
    client.on('data', chunk => {
      if (!cut(chunk)) client.destroy()
    })
    for (const message of o.greeting()) tell(client, lineOf(message))
  })
  await listen(server, o.path)
  // An accept that fails (too many files) is over with the next one that does not.
  server.on('error', () => {})
  chmodSync(o.path, 0o660)
  return {
    broadcast(message) {
      const line = lineOf(message)
      for (const client of clients) tell(client, line)
    },
    close() {
      server.close()
      for (const client of clients) client.destroy()
    },
  }
}

const lineOf = (message: FromBoard) => `${JSON.stringify(message)}\n`

function listen(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(path, () => {
      server.off('error', reject)
      resolve()
    })
  })
}

function answers(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const probe = connect(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
}
