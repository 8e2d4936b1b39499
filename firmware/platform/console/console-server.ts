// The local console: `pbx` on the box itself speaks to the supervisor over a Unix socket that only its group can open.
import { existsSync, unlinkSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { createInterface } from 'node:readline'
import { PbxError } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/feature.ts'
import type { Host } from '../../kernel/host.ts'
import { answerConsole, type ConsoleBox, type ConsoleRequest } from './console-verbs.ts'

/** The longest line that is read: a change set with an uploaded recording fits. */
const LONGEST_LINE = 8 * 1024 * 1024

export interface ConsoleServer {
  close(): Promise<void>
}

/** Listens at `path`; a socket that a dead predecessor left there is removed. */
export async function openConsole(
  path: string,
  box: ConsoleBox & { readonly host: Host; readonly log: Log },
): Promise<ConsoleServer> {
  if (existsSync(path)) unlinkSync(path)
  const open = new Set<Socket>()
  const server = createServer(socket => {
    open.add(socket)
    socket.on('close', () => open.delete(socket))
    socket.on('error', error => box.log.debug('a console went away', { error: error.message }))
    serve(socket, box)
  })
  await listening(server, path)
  return {
    close: () =>
      new Promise(resolve => {
        for (const socket of open) socket.destroy()
        server.close(() => resolve())
      }),
  }
}

function listening(server: Server, path: string): Promise<void> {
  return new Promise((resolve, reject) => {
    // The mode is set by the mask, so that there is no moment at which others could open it.
    const mask = process.umask(0o117)
    server.once('error', reject)
    server.listen(path, () => resolve())
    process.umask(mask)
  })
}

function serve(socket: Socket, box: ConsoleBox): void {
  let length = 0
  socket.on('data', chunk => {
    length = chunk.includes(10) ? 0 : length + chunk.length
    if (length > LONGEST_LINE) socket.destroy()
  })
  createInterface({ input: socket }).on('line', line => {
    void reply(line, box).then(answer => {
      if (!socket.destroyed) socket.write(`${JSON.stringify(answer)}\n`)
    })
  })
}

/** One answer per line, with the request's id: never rejects. */
async function reply(line: string, box: ConsoleBox): Promise<object> {
  let id: unknown
  try {
    const request = JSON.parse(line) as ConsoleRequest & { id?: unknown }
    id = request.id
    return { id, ok: (await answerConsole(request, box)) ?? null }
  } catch (error) {
    if (error instanceof PbxError)
      return { id, error: { code: error.code, message: error.message, fields: error.fields } }
    return {
      id,
      error: { code: 'console.failed', message: error instanceof Error ? error.message : String(error), fields: {} },
    }
  }
}
