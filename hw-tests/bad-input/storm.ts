// Damaged SIP by the hundred thousand, the same for a seed: as datagrams, and over connections in the clear and encrypted.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { connect, type Socket } from 'node:net'
import { connect as connectSecurely } from 'node:tls'
import { damaged, type Random, seeded } from '../../native/pjsip-binding/test/mutations.ts'
import { seedMessages } from './sip-seeds.ts'

export interface Target {
  readonly host: string
  readonly port: number
}
export interface StormOptions {
  readonly to: Target
  readonly count: number
  readonly seed: number
  /** Address that it comes from; default 127.0.0.1. */
  readonly from?: string
  /** Waits for the box after so many: what it has no time for is lost on the way, and proves nothing. */
  readonly paceOf?: number
}

const place = ({ host, port }: Target) => `${host}:${port}`

const ping = (own: string, serial: number) =>
  [
    'OPTIONS sip:plant SIP/2.0',
    `Via: SIP/2.0/UDP ${own};branch=z9hG4bKping${serial}`,
    'From: <sip:storm@plant>;tag=s',
    'To: <sip:plant>',
    `Call-ID: ping-${serial}`,
    'CSeq: 1 OPTIONS',
    'Max-Forwards: 70',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')

function* messages(o: StormOptions, own: string, transport: 'UDP' | 'TCP' | 'TLS'): Generator<Buffer> {
  const random: Random = seeded(o.seed)
  for (let n = 0; n < o.count; n++) {
    const seeds = seedMessages({ box: place(o.to), own, transport, serial: n })
    yield Buffer.from(damaged(seeds[n % seeds.length] ?? '', random), 'latin1')
  }
}

/** Sends damaged messages as datagrams, as fast as the loop turns or the box keeps pace. */
export async function overUdp(o: StormOptions): Promise<void> {
  const socket = createSocket('udp4')
  socket.bind(0, o.from ?? '127.0.0.1')
  await once(socket, 'listening')
  let answered = -1
  // Other answers come too: nobody reads them.
  socket.on('message', data => {
    const said = /^Call-ID: ping-(\d+)/im.exec(data.toString('latin1'))
    if (said) answered = Number(said[1])
  })
  const own = place({ host: o.from ?? '127.0.0.1', port: socket.address().port })
  let sent = 0
  for (const message of messages(o, own, 'UDP')) {
    socket.send(message, o.to.port, o.to.host)
    if (++sent % 20 === 0) await new Promise(resolve => setImmediate(resolve))
    if (o.paceOf === undefined || sent % o.paceOf !== 0) continue
    // Asked again: the question itself may be lost in the crowd.
    for (let tries = 0; answered < sent && tries < 100; tries++) {
      if (tries % 10 === 0) socket.send(ping(own, sent), o.to.port, o.to.host)
      await new Promise(resolve => setTimeout(resolve, 5))
    }
  }
  socket.close()
}

/** Until the socket says so, or is closed: being cut off is an answer. */
const either = (socket: Socket, event: string): Promise<void> =>
  new Promise(resolve => {
    for (const one of [event, 'close']) socket.once(one, () => resolve())
  })

async function opened(socket: Socket, ready: 'connect' | 'secureConnect'): Promise<Socket> {
  socket.on('error', () => undefined)
  socket.resume()
  await either(socket, ready)
  return socket
}

/** The same over connections; the box may close one whose stream makes no sense, then there is another. Tells how many. */
async function overConnections(
  o: StormOptions,
  transport: 'TCP' | 'TLS',
  dial: () => Promise<Socket>,
): Promise<number> {
  let socket: Socket | undefined
  let [connections, sent] = [0, 0]
  for (const message of messages(o, '127.0.0.1:5060', transport)) {
    if (socket === undefined || socket.destroyed || !socket.writable) {
      socket = await dial()
      connections++
    }
    const flows = socket.write(message)
    if (!flows && !socket.destroyed) await either(socket, 'drain')
    if (++sent % 10 === 0) await new Promise(resolve => setImmediate(resolve))
    // A message with a false length makes the box wait for the rest: others must come to their turn.
    if (sent % 50 === 0) socket.destroy()
  }
  socket?.destroy()
  return connections
}

export const overTcp = (o: StormOptions): Promise<number> =>
  overConnections(o, 'TCP', () => opened(connect({ ...o.to, localAddress: o.from ?? '127.0.0.1' }), 'connect'))

/** `caFile`: whom it believes. */
export const overTls = (o: StormOptions & { readonly caFile: string }): Promise<number> => {
  const ca = readFileSync(o.caFile)
  const way = { ...o.to, ca, localAddress: o.from ?? '127.0.0.1' }
  return overConnections(o, 'TLS', () => opened(connectSecurely(way), 'secureConnect'))
}
