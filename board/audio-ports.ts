// The UDP ports that take RTP for the amplifiers: on loopback only, and the same ones again after a restart of the board,
// so that a page that was speaking goes on being heard.
import { createSocket, type Socket } from 'node:dgram'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import type { Problems } from './problems.ts'

export interface AudioPorts {
  /** Amplifier → port; those that could not be opened are missing. */
  readonly ports: Readonly<Record<string, number>>
  close(): void
}

export interface AudioPortsOptions {
  readonly amplifiers: readonly string[]
  /** In memory: remembers the ports between two runs. */
  readonly file: string
  readonly problems: Problems
  datagram(amplifier: string, bytes: Uint8Array): void
}

export async function openAudioPorts(o: AudioPortsOptions): Promise<AudioPorts> {
  const before = remembered(o.file)
  const sockets: Socket[] = []
  const ports: Record<string, number> = {}
  for (const amplifier of o.amplifiers) {
    const code = `board.audio-port:${amplifier}`
    const listener = (bytes: Uint8Array) => o.datagram(amplifier, bytes)
    const socket = (await open(before[amplifier] ?? 0, listener)) ?? (await open(0, listener))
    if (socket === undefined) {
      o.problems.raise(code, `No UDP port for ${amplifier}: pages cannot reach it, stored messages can.`)
      continue
    }
    // An error of a datagram socket on loopback is about one datagram; the port stays open.
    socket.on('error', error => o.problems.raise(code, `The UDP port of ${amplifier}: ${error.message}`))
    sockets.push(socket)
    ports[amplifier] = socket.address().port
  }
  remember(o, JSON.stringify(ports))
  return {
    ports,
    close() {
      for (const socket of sockets) socket.close()
    },
  }
}

function open(port: number, datagram: (bytes: Uint8Array) => void): Promise<Socket | undefined> {
  return new Promise(resolve => {
    const socket = createSocket('udp4')
    const failed = () => resolve(undefined)
    socket.once('error', failed)
    socket.on('message', datagram)
    socket.bind(port, '127.0.0.1', () => {
      socket.off('error', failed)
      resolve(socket)
    })
  })
}

/** That the ports are the same after the next start is a comfort; the board comes up without it. */
function remember(o: { readonly file: string; readonly problems: Problems }, text: string): void {
  try {
    rmSync(o.file, { recursive: true, force: true })
    writeFileSync(o.file, text)
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error)
    const told = `The ports of the amplifiers cannot be kept (${why}): a page that speaks while the board restarts breaks off.`
    o.problems.raise('board.audio-ports-not-kept', told)
  }
}

function remembered(file: string): Readonly<Record<string, number>> {
  try {
    const ports: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return typeof ports === 'object' && ports !== null ? (ports as Record<string, number>) : {}
  } catch {
    // The first run since boot, or a file torn by a crash: any free port serves.
    return {}
  }
}
