// How a test phone reaches the switch: a socket, or a connection whose messages are cut where their length says.
import { createSocket, type Socket } from 'node:dgram'
import { type Socket as Connection, connect } from 'node:net'
import { type ConnectionOptions, connect as connectSecurely } from 'node:tls'

export async function bound(host: string): Promise<Socket> {
  const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.bind(0, host, () => resolve())
  })
  return socket
}

/** How a phone reaches the switch. */
export interface Link {
  readonly transport: 'UDP' | 'TCP' | 'TLS'
  readonly port: number
  send(text: string | Buffer): void
  close(): void
}

/** Where the switch listens. */
export type Server = { readonly host: string; readonly port: number }

export async function udpLink(host: string, server: Server, arrived: (text: string) => void): Promise<Link> {
  const socket = await bound(host)
  socket.on('message', data => arrived(data.toString('latin1')))
  return {
    transport: 'UDP',
    port: socket.address().port,
    send: text => socket.send(text, server.port, server.host),
    close: () => socket.close(),
  }
}

export async function tcpLink(server: Server, arrived: (text: string) => void): Promise<Link> {
  const socket = connect(server.port, server.host)
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('connect', () => resolve())
  })
  return linkOn(socket, 'TCP', arrived)
}

export async function tlsLink(
  server: Server,
  trust: ConnectionOptions,
  arrived: (text: string) => void,
): Promise<Link> {
  const socket = connectSecurely({ ...trust, port: server.port, host: server.host })
  await new Promise<void>((resolve, reject) => {
    socket.once('error', reject)
    socket.once('secureConnect', () => resolve())
  })
  return linkOn(socket, 'TLS', arrived)
}

function linkOn(socket: Connection, transport: 'TCP' | 'TLS', arrived: (text: string) => void): Link {
  let waiting = ''
  socket.on('error', () => socket.destroy())
  socket.on('data', data => {
    waiting += data.toString('latin1')
    for (;;) {
      const head = waiting.indexOf('\r\n\r\n')
      if (head < 0) return
      const length = Number(/^Content-Length:\s*(\d+)/im.exec(waiting.slice(0, head))?.[1] ?? 0)
      if (waiting.length < head + 4 + length) return
      arrived(waiting.slice(0, head + 4 + length).replace(/^(\r\n)+/, ''))
      waiting = waiting.slice(head + 4 + length)
    }
  })
  return {
    transport,
    port: socket.localPort ?? 0,
    send: text => socket.write(text),
    close: () => socket.destroy(),
  }
}
