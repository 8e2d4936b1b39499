// What a technician tells a phone from afar: fetch your settings, or start again.
import type { Binding, SipEvent } from '../../../kernel/call/sip-port.ts'
import { PbxError } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import { newIdentity } from '../../../kernel/identity.ts'
import { words } from './words.en.ts'

export const PHONE_ORDERS = ['fetch', 'restart'] as const
export type PhoneOrder = (typeof PHONE_ORDERS)[number]

/** How long a phone may take to acknowledge, milliseconds. */
const PATIENCE = 8000

/** In the words of its make: Cisco's phones have their own, the others ask for settings and look whether to restart. */
export function eventOf(order: PhoneOrder, userAgent: string): string {
  if (/^cisco/i.test(userAgent)) return order === 'fetch' ? 'resync' : 'reboot'
  return `check-sync;reboot=${order === 'restart'}`
}

export class PhoneOrders {
  readonly #ctx: Pick<Context, 'sip' | 'clock'>
  readonly #waiting = new Map<string, (status: number) => void>()

  constructor(ctx: Pick<Context, 'sip' | 'clock'>) {
    this.#ctx = ctx
  }

  observe(event: SipEvent): void {
    if (event.type === 'replied') this.#waiting.get(event.request)?.(event.status)
  }

  /** Tells every phone of a line; resolves when one has acknowledged, rejects with what they said when none did. */
  async give(order: PhoneOrder, bindings: readonly Binding[]): Promise<void> {
    if (!bindings.length) throw new PbxError('registrar.not-there', words['registrar.order.absent'], { status: 409 })
    const statuses = await Promise.all(bindings.map(binding => this.#tell(order, binding)))
    if (statuses.some(status => status >= 200 && status < 300)) return
    const [status = 408] = statuses
    throw new PbxError(
      'registrar.order-refused',
      words['registrar.order.refused'].replace('{status}', String(status)),
      {
        status: 409,
      },
    )
  }

  #tell(order: PhoneOrder, binding: Binding): Promise<number> {
    const request = newIdentity('ord')
    const { sip, clock } = this.#ctx
    return new Promise((resolve, reject) => {
      const settle = (status: number) => {
        forget()
        this.#waiting.delete(request)
        resolve(status)
      }
      const forget = clock.after(PATIENCE, () => settle(408))
      this.#waiting.set(request, settle)
      const headers = [
        { name: 'Event', value: eventOf(order, binding.userAgent) },
        { name: 'Subscription-State', value: 'terminated;reason=timeout' },
      ]
      try {
        sip.outOfDialog({ request, method: 'NOTIFY', target: { binding }, headers, lane: 'new' })
      } catch (error) {
        forget()
        this.#waiting.delete(request)
        reject(error)
      }
    })
  }
}
