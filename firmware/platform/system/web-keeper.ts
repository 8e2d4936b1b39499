// Keeps the web listening: a port that is taken is said clearly and tried again; calls and alarms never wait for it.
import { networkInterfaces } from 'node:os'
import { PbxError } from '../../kernel/errors.ts'
import type { Problem } from '../../kernel/feature.ts'
import { type LeafName, setDamagedKeysAside } from '../http/key-files.ts'
import type { Accounts, WebBox, WebOptions } from '../http/ports.ts'
import { openWeb, type WebServer } from '../http/web-server.ts'

const TRY_AGAIN = 5_000

export interface WebKeeper {
  /** Resolves with the port after the first try, or undefined when it failed. */
  readonly firstTry: Promise<number | undefined>
  problem(): Problem | undefined
  close(): Promise<void>
}

export function keepWeb(box: WebBox, accounts: Accounts, options: WebOptions): WebKeeper {
  let server: WebServer | undefined
  let problem: Problem | undefined
  let newKeys: Problem | undefined
  let forget = () => {}
  let closed = false
  const open = async (): Promise<number | undefined> => {
    try {
      const damaged = await setDamagedKeysAside(options.keys)
      if (damaged !== undefined) newKeys = madeAnew(damaged, box.clock.now())
      server = await openWeb(box, accounts, options)
      problem = undefined
      return server.port
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error)
      if (problem === undefined) box.log.error('the web does not listen', { error })
      problem = {
        code: error instanceof PbxError ? error.code : 'web.cannot-listen',
        severity: 'serious',
        text: `The pages of the box cannot be reached: ${why}`,
        remedy: 'End what holds the port, or start the box with another --http-port. Calls, pages and alarms go on.',
        since: problem?.since ?? box.clock.now(),
      }
      if (!closed) forget = box.clock.after(TRY_AGAIN, () => void open())
      return undefined
    }
  }
  return {
    firstTry: open(),
    problem: () => problem ?? newKeys,
    async close() {
      closed = true
      forget()
      await server?.close()
    },
  }
}

const madeAnew = (damaged: 'authority' | LeafName, since: number): Problem => ({
  code: 'web.keys-made-anew',
  severity: 'warning',
  text:
    damaged === 'authority'
      ? 'The certificate authority of this box could not be read and was made anew: browsers warn before its pages.'
      : `The certificate ${damaged === 'web' ? 'of the pages' : 'for phones that encrypt'} could not be read and was made anew.`,
  remedy:
    damaged === 'authority'
      ? 'Have browsers and phones trust the new authority. If it happens again, replace the disk.'
      : 'Nothing is to be done now. If it happens again, replace the disk.',
  since,
})

/** Names and addresses by which people reach this machine: they go into the certificate. */
export function namesOfThisMachine(hostname: string): string[] {
  const addresses = Object.values(networkInterfaces()).flatMap(all => all ?? [])
  const usable = addresses.filter(one => !one.address.startsWith('fe80:')).map(one => one.address)
  return [...new Set(['localhost', hostname, `${hostname}.local`, ...usable])]
}
