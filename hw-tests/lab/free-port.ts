// Ports for the programs of a test: free now, and not among those that the kernel gives to whoever asks for any.
import { createSocket } from 'node:dgram'
import { createServer } from 'node:net'

/** Below Linux's own range (net.ipv4.ip_local_port_range), where phones of the same test find theirs, and its RTP. */
const RANGE = { from: 7000, to: 9900 }
const TRIES = 100
/** Two that ask at once are given two, milliseconds: whoever got one has it by then. */
const TAKEN_WITHIN = 5000
const given = new Map<number, number>()

function isGiven(port: number): boolean {
  const at = given.get(port)
  if (at !== undefined && performance.now() - at < TAKEN_WITHIN) return true
  given.set(port, performance.now())
  return false
}

/** A port on which nobody listens now, neither TCP nor UDP; the program that gets it should start at once. */
export async function freePort(host = '127.0.0.1'): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = RANGE.from + Math.floor(Math.random() * (RANGE.to - RANGE.from))
    if (isGiven(port)) continue
    if ((await isFreeTcp(port, host)) && (await isFreeUdp(port, host))) return port
  }
  throw new Error(`no free port of ${TRIES} tried on ${host}`)
}

/**
 * An even port for media that is free now, and the three behind it; above what the kernel gives to whoever asks for any,
 * and below 62,000, where the benches speak.
 */
export async function freeMediaPort(host = '127.0.0.1'): Promise<number> {
  for (let tries = 0; tries < TRIES; tries++) {
    const port = 61_000 + 4 * Math.floor(Math.random() * 250)
    if (isGiven(port)) continue
    const free = await Promise.all([0, 1, 2, 3].map(behind => isFreeUdp(port + behind, host)))
    if (free.every(Boolean)) return port
  }
  throw new Error(`no free ports for media of ${TRIES} tried on ${host}`)
}

function isFreeTcp(port: number, host: string): Promise<boolean> {
  return new Promise(resolve => {
    const server = createServer()
    server.once('error', () => resolve(false))
    server.listen(port, host, () => server.close(() => resolve(true)))
  })
}

function isFreeUdp(port: number, host: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = createSocket(host.includes(':') ? 'udp6' : 'udp4')
    socket.once('error', () => {
      socket.close()
      resolve(false)
    })
    socket.bind(port, host, () => socket.close(() => resolve(true)))
  })
}
