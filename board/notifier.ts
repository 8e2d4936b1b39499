// Tells systemd that a process is ready, alive and stopping (sd_notify); silent where no systemd asks.
import { spawn } from 'node:child_process'
import { loadNative } from './native.ts'

export interface Notifier {
  /** Says READY, and from then on alive as often as the unit's WatchdogSec wants, unless `healthy` says no. */
  ready(healthy: () => boolean): void
  stopping(): void
  close(): void
}

/** `environment` is the process's: NOTIFY_SOCKET and WATCHDOG_USEC come from systemd. */
export function createNotifier(environment: Readonly<Record<string, string | undefined>>): Notifier {
  const socket = environment.NOTIFY_SOCKET
  const watchdog = Number(environment.WATCHDOG_USEC ?? 0) / 1000
  let timer: NodeJS.Timeout | undefined
  if (socket === undefined) return { ready() {}, stopping() {}, close() {} }
  const say = sender(socket)
  return {
    ready(healthy) {
      say('READY=1')
      if (watchdog <= 0) return
      timer = setInterval(() => {
        if (healthy()) say('WATCHDOG=1')
      }, watchdog / 3)
    },
    stopping: () => say('STOPPING=1'),
    close: () => clearInterval(timer),
  }
}

/** The addon's datagram; where it was not built, systemd's own tool. */
function sender(socket: string): (state: string) => void {
  try {
    const native = loadNative()
    return state => {
      try {
        native.notify(socket, state)
      } catch {
        // systemd is starting anew, or its queue is full: the next word comes before the watchdog bites.
      }
    }
  } catch {
    return state => {
      // A tool that is missing says so here; without it the unit's start times out and names the cause.
      spawn('systemd-notify', [state], { stdio: 'ignore' }).on('error', () => {})
    }
  }
}
