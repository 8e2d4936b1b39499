// Descriptors that outlive the process: systemd keeps them (FDSTORE of sd_notify) and hands them to the next run of the unit
// (LISTEN_FDS of sd_listen_fds). What the kernel has for a descriptor, it goes on collecting while nobody runs.
import { closeSync } from 'node:fs'

/** SD_LISTEN_FDS_START. */
const FIRST = 3

export interface LeftDescriptors {
  /** What the run before left under this name, once; whoever takes it owns it. */
  claim(name: string): number | undefined
  /** Leaves a copy for the next run. Letters, digits, `.`, `-` and `_` make a name. */
  keep(name: string, descriptor: number): void
  /** Nothing of this name is left for the next run. */
  forget(name: string): void
  /** Closes and forgets what has another name than these: as long as a copy is open, its lines are taken. */
  forgetAllBut(names: ReadonlySet<string>): void
}

export interface LeftDescriptorsOptions {
  /** The process's: LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES come from systemd. */
  readonly environment: Readonly<Record<string, string | undefined>>
  readonly pid: number
  /** Says `state` to systemd, with a descriptor if one is given; undefined where no systemd listens. Throws as datagrams do. */
  readonly notify: ((state: string, descriptor?: number) => void) | undefined
  readonly close?: (descriptor: number) => void
}

export function leftDescriptors(o: LeftDescriptorsOptions): LeftDescriptors {
  const close = o.close ?? closeSync
  const left = new Map<string, number>()
  const names = (o.environment.LISTEN_FDNAMES ?? '').split(':')
  const mine = o.environment.LISTEN_PID === String(o.pid)
  for (let n = 0; mine && n < Number(o.environment.LISTEN_FDS ?? 0); n++) {
    const name = names[n] ?? ''
    const twin = left.get(name)
    if (twin !== undefined) close(twin)
    left.set(name, FIRST + n)
  }
  const forget = (name: string) => o.notify?.(`FDSTOREREMOVE=1\nFDNAME=${name}`)
  return {
    claim(name) {
      const found = left.get(name)
      left.delete(name)
      return found
    },
    // A copy that is there already stands for this one: systemd knows that they are the same file.
    keep: (name, descriptor) => o.notify?.(`FDSTORE=1\nFDNAME=${name}`, descriptor),
    forget,
    forgetAllBut(names) {
      for (const [name, descriptor] of left) {
        if (names.has(name)) continue
        close(descriptor)
        forget(name)
        left.delete(name)
      }
    },
  }
}
