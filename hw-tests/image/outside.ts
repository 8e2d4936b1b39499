// The box as seen through its network card: pages by HTTPS, SIP by UDP.
import { randomBytes } from 'node:crypto'
import { createSocket } from 'node:dgram'
import { request } from 'node:https'

export interface Reply {
  readonly status: number
  readonly text: string
  readonly cookie: string | undefined
}

/** One request to the pages of the box, whose certificate is its own; rejects when nothing answers. */
export function ask(port: number, path: string, o: { body?: object; cookie?: string } = {}): Promise<Reply> {
  const body = o.body === undefined ? undefined : JSON.stringify(o.body)
  const headers = {
    ...(body === undefined
      ? {}
      : { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(body)}` }),
    ...(o.cookie === undefined ? {} : { cookie: o.cookie }),
  }
  return new Promise((resolve, reject) => {
    const to = { host: '127.0.0.1', port, path, headers, method: body === undefined ? 'GET' : 'POST' }
    const asked = request({ ...to, rejectUnauthorized: false, agent: false, timeout: 30_000 }, reply => {
      let text = ''
      reply.on('data', (chunk: Buffer) => (text += chunk.toString()))
      reply.on('error', reject)
      reply.on('end', () => {
        const cookie = reply.headers['set-cookie']?.[0]?.split(';')[0]
        resolve({ status: reply.statusCode ?? 0, text, cookie })
      })
    })
    asked.on('timeout', () => asked.destroy(new Error(`no answer from ${path}`)))
    asked.on('error', reject)
    asked.end(body)
  })
}

/** Asks by SIP whether anybody is there; the first line of the answer, or undefined within that time. */
export function sipOptions(port: number, seconds: number): Promise<string | undefined> {
  const socket = createSocket('udp4')
  const id = randomBytes(8).toString('hex')
  return new Promise((resolve, reject) => {
    const late = setTimeout(() => end(undefined), seconds * 1000)
    const end = (line: string | undefined) => {
      clearTimeout(late)
      socket.close()
      resolve(line)
    }
    socket.once('error', error => {
      clearTimeout(late)
      reject(error)
    })
    socket.once('message', text => end(text.toString().split('\r\n')[0]))
    socket.connect(port, '127.0.0.1', () => {
      const own = `127.0.0.1:${socket.address().port}`
      const text = [
        'OPTIONS sip:box SIP/2.0',
        `Via: SIP/2.0/UDP ${own};branch=z9hG4bK${id};rport`,
        `From: <sip:trial@${own}>;tag=${id}`,
        'To: <sip:box>',
        `Call-ID: ${id}`,
        'CSeq: 1 OPTIONS',
        'Max-Forwards: 70',
        'Content-Length: 0',
      ]
      socket.send(`${text.join('\r\n')}\r\n\r\n`)
    })
  })
}
