// One screen of the web UI that watches: signed in over https with the first password, its live feed open.
import { request } from 'node:https'
import { io, type Socket } from 'socket.io-client'
import { monotonicMs } from '../phones/phone-crowd.ts'

export interface Screen {
  /** Facts that came since it was opened. */
  readonly facts: number
  /** When a fact of this name last came, `monotonicMs`; undefined when none has. */
  lastAt(name: string): number | undefined
  close(): void
}

interface Reply {
  readonly status: number
  readonly body: string
  readonly cookie: string | undefined
}

const OWN_PASSWORD = 'a bench that watches the hall'

/** Signs in and chooses a password, as the first person does, and opens the feed. Rejects when the box refuses. */
export async function openScreen(box: { webPort: number; output: string }): Promise<Screen> {
  const [, signIn = '', password = ''] = /Sign in as (\S+) with the first password (\S+)/.exec(box.output) ?? []
  const { webPort } = box
  const session = await ask(webPort, { path: '/api/session', body: { signIn, password } })
  const { cookie = '' } = session
  const next = { current: password, next: OWN_PASSWORD }
  const changed = await ask(webPort, { path: '/api/session/password', body: next, cookie })
  return await watch(webPort, changed.cookie ?? cookie)
}

function ask(port: number, o: { path: string; body: object; cookie?: string }): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json', ...(o.cookie === undefined ? {} : { cookie: o.cookie }) }
    // The box of a bench has just made its own certificate: nobody knows it.
    const outgoing = request(
      { host: '127.0.0.1', port, path: o.path, method: 'POST', headers, rejectUnauthorized: false },
      incoming => {
        let body = ''
        incoming.setEncoding('utf8').on('data', (chunk: string) => (body += chunk))
        incoming.on('end', () => {
          const status = incoming.statusCode ?? 0
          const cookie = incoming.headers['set-cookie']?.[0]?.split(';')[0]
          if (status === 200) resolve({ status, body, cookie })
          else reject(new Error(`${o.path} was answered ${status}: ${body}`))
        })
      },
    )
    outgoing.on('error', reject)
    outgoing.end(JSON.stringify(o.body))
  })
}

function watch(port: number, cookie: string): Promise<Screen> {
  const socket: Socket = io(`https://127.0.0.1:${port}`, {
    path: '/feed',
    transports: ['websocket'],
    rejectUnauthorized: false,
    reconnection: false,
    extraHeaders: { cookie },
  })
  let facts = 0
  const last = new Map<string, number>()
  socket.on('facts', (told: readonly { readonly name: string }[]) => {
    facts += told.length
    for (const { name } of told) last.set(name, monotonicMs())
  })
  return new Promise((resolve, reject) => {
    socket.once('connect_error', reject)
    socket.once('hello', () =>
      resolve({
        get facts() {
          return facts
        },
        lastAt: name => last.get(name),
        close: () => void socket.disconnect(),
      }),
    )
  })
}
