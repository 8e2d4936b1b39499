// Lines whose last call was refused for how its speech was or was not encrypted, or was silent because its handshake failed:
// shown until one of their calls is taken, or ends a handshake.
import type { SipEvent } from '../../../kernel/call/sip-port.ts'
import type { Context, Problem } from '../../../kernel/feature.ts'
import type { Line, LinesSettings } from './settings.ts'
import { words } from './words.en.ts'

type Why = Extract<SipEvent, { type: 'media-refused' }>['why']

export class RefusedMedia {
  readonly #last
  readonly #ctx

  constructor(ctx: Context<LinesSettings>) {
    this.#ctx = ctx
    this.#last = ctx.live.collection<{ readonly why: Why }>('media-refused', { keep: 'restart' })
  }

  observe(event: SipEvent): void {
    if (event.type === 'media-refused' && event.line !== undefined) this.#last.set(event.line, { why: event.why })
    if (event.type === 'encrypted') this.#encrypted(event.leg)
  }

  #encrypted(leg: string): void {
    const line = this.#ctx.calls.find(leg)?.party.line
    if (line !== undefined && this.#last.get(line)) this.#last.delete(line)
  }

  /** A call of the line was taken. */
  called(line: string | undefined): void {
    // A call that begins has its handshake still to come.
    if (line !== undefined && this.#last.get(line) && this.#last.get(line)?.why !== 'no-handshake')
      this.#last.delete(line)
  }

  problems(name: (line: string) => Pick<Line, 'authName'> | undefined): readonly Problem[] {
    return [...this.#last.all()].flatMap(([line, { why }]) => {
      const known = name(line)
      if (known === undefined) return []
      return {
        code: `lines.media-refused:${line}`,
        severity: 'serious' as const,
        text: words[`lines.media-refused.${why}`].replace('{line}', known.authName),
        remedy:
          words[why === 'no-handshake' ? 'lines.media-refused.no-handshake.remedy' : 'lines.media-refused.remedy'],
        link: `/line/${line}`,
      }
    })
  }
}
