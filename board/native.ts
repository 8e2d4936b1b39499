// The board's addon, loaded only where it is needed: Node can neither ask for GPIO lines nor send a Unix datagram.
import { createRequire } from 'node:module'
import { join } from 'node:path'

export interface Edge {
  readonly offset: number
  /** The contact closed, with active-low lines: it pulled the line down. */
  readonly closed: boolean
  /** Kernel time stamp, milliseconds of CLOCK_MONOTONIC. */
  readonly at: number
}

export interface LineRequest {
  /** Offset → closed (inputs) or on (outputs). */
  values(): Readonly<Record<number, boolean>>
  set(offset: number, on: boolean): void
  /** Hands what waits in the kernel to the listener before it returns. */
  take(): void
  /** To be left with systemd; it stays the request's. */
  descriptor(): number
  close(): void
}

export interface LineRequestOptions {
  readonly consumer: string
  /** Either inputs or outputs; a request is of one kind. */
  readonly inputs: readonly number[]
  readonly outputs: readonly (readonly [offset: number, on: boolean])[]
  /** Done by the kernel; 0 for none. */
  readonly debounceMicroseconds: number
  /** Ask for the chip's pull-ups. */
  readonly bias: boolean
  /** A descriptor of the same request, made by an earlier process: taken over, edges that wait in it too. */
  readonly adopt?: number | undefined
}

export interface Native {
  /** Throws with `errno` when the path is no GPIO chip. */
  chip(path: string): { readonly name: string; readonly label: string; readonly lines: number }
  readonly LineRequest: new (
    path: string,
    o: LineRequestOptions,
    /**
     * Called with edges, in the turn in which they leave the kernel, and every half second with what moved without one, which
     * is nothing as a rule: as long as it is called, the chip answers. `lost` edges did not fit the kernel's buffer; with an
     * `error` it is called no more.
     */
    listener?: (edges: readonly Edge[], lost: number, error: number) => void,
  ) => LineRequest
  /** Sends one datagram to systemd's socket, with a descriptor if one is given; never waits. */
  notify(socket: string, state: string, descriptor?: number): void
}

/** Throws when the addon has not been built. */
export function loadNative(): Native {
  return createRequire(import.meta.url)(join(import.meta.dirname, 'native/build/board.node')) as Native
}
