// What may stand between a phone and the box: a router that forgets its ports, a line that brings one byte at a time.
import { createSocket, type Socket } from 'node:dgram'
import { once } from 'node:events'
import { createServer, connect as dial, type Socket as Stream } from 'node:net'

export interface Middle {
  /** Where the phone sends to. */
  readonly port: number
  close(): void
}

async function bound(): Promise<Socket> {
  const socket = createSocket('udp4')
  socket.bind(0, '127.0.0.1')
  await once(socket, 'listening')
  return socket
}

/** Passes datagrams on from one port, and once `forgets` has seen what it waits for, from another. */
export async function forgetfulRouter(box: number, forgets: (text: string) => boolean): Promise<Middle> {
  const inside = await bound()
  const outside = [await bound(), await bound()]
  let phone = 0
  let way = 0
  inside.on('message', (data, from) => {
    phone = from.port
    outside[way]?.send(data, box, '127.0.0.1')
    if (forgets(data.toString('latin1'))) way = 1
  })
  // What comes to the forgotten port finds nobody.
  for (const [at, socket] of outside.entries())
    socket.on('message', data => (at === way ? inside.send(data, phone, '127.0.0.1') : undefined))
  return {
    port: inside.address().port,
    close: () => {
      for (const socket of [inside, ...outside]) socket.close()
    },
  }
}

/** Passes every datagram of the phone on twice. */
export async function echoingRouter(box: number): Promise<Middle> {
  const [inside, outside] = [await bound(), await bound()]
  let phone = 0
  inside.on('message', (data, from) => {
    phone = from.port
    for (const copy of [data, data]) outside.send(copy, box, '127.0.0.1')
  })
  outside.on('message', data => inside.send(data, phone, '127.0.0.1'))
  return {
    port: inside.address().port,
    close: () => {
      for (const socket of [inside, outside]) socket.close()
    },
  }
}

/** Loses the first datagram of the phone that it waits for. */
export async function losingLine(box: number, loses: (text: string) => boolean): Promise<Middle> {
  const [inside, outside] = [await bound(), await bound()]
  let phone = 0
  let lost = false
  inside.on('message', (data, from) => {
    phone = from.port
    const keeps = lost || !loses(data.toString('latin1'))
    if (keeps) outside.send(data, box, '127.0.0.1')
    else lost = true
  })
  outside.on('message', data => inside.send(data, phone, '127.0.0.1'))
  return {
    port: inside.address().port,
    close: () => {
      for (const socket of [inside, outside]) socket.close()
    },
  }
}

async function trickle(bytes: Buffer, into: Stream): Promise<void> {
  for (const byte of bytes) {
    into.write(Buffer.from([byte]))
    await new Promise(resolve => setImmediate(resolve))
  }
}

/** Passes a connection on, each byte a segment of its own, both ways. */
export async function tricklingLine(box: number): Promise<Middle> {
  const open = new Set<Stream>()
  const server = createServer({ noDelay: true }, phone => {
    const toBox = dial({ port: box, host: '127.0.0.1', noDelay: true })
    for (const [from, to] of [
      [phone, toBox],
      [toBox, phone],
    ] as const) {
      open.add(from)
      let before = Promise.resolve()
      from.on('data', bytes => {
        before = before.then(() => trickle(bytes, to))
      })
      from.on('error', () => to.destroy())
      from.on('close', () => to.destroy())
    }
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return {
    port: typeof address === 'object' && address !== null ? address.port : 0,
    close: () => {
      server.close()
      for (const one of open) one.destroy()
    },
  }
}
