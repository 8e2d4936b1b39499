// Lines whose phone called by a handshake in the media stream last: the switch calls them the same way, after a restart too.
import type { LineCredential, SipEvent } from '../../../kernel/call/sip-port.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { LinesSettings } from './settings.ts'

export class Shaken {
  readonly #last

  constructor(ctx: Context<LinesSettings>) {
    this.#last = ctx.live.collection<Record<string, never>>('called-by-handshake', { keep: 'power' })
  }

  observe(event: SipEvent): void {
    if (event.type !== 'keying-learned') return
    if (event.handshake) this.#last.set(event.line, {})
    else this.#last.delete(event.line)
  }

  /** The credentials as the switch is to have them. */
  marked(credentials: readonly LineCredential[]): readonly LineCredential[] {
    return credentials.map(one => (this.#last.get(one.line) ? { ...one, calledByHandshake: true as const } : one))
  }

  /** Lines that are gone are forgotten. */
  keepOnly(exists: (line: string) => boolean): void {
    for (const line of [...this.#last.all().keys()]) if (!exists(line)) this.#last.delete(line)
  }
}
