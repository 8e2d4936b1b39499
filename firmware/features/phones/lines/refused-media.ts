// Lines whose last call was refused for how its speech was or was not encrypted: shown until one of their calls is taken.
import type { SipEvent } from '../../../kernel/call/sip-port.ts'
import type { Context, Problem } from '../../../kernel/feature.ts'
import type { Line, LinesSettings } from './settings.ts'
import { words } from './words.en.ts'

type Why = Extract<SipEvent, { type: 'media-refused' }>['why']

export class RefusedMedia {
  readonly #last

  constructor(ctx: Context<LinesSettings>) {
    this.#last = ctx.live.collection<{ readonly why: Why }>('media-refused', { keep: 'restart' })
  }

  observe(event: SipEvent): void {
    if (event.type === 'media-refused' && event.line !== undefined) this.#last.set(event.line, { why: event.why })
  }

  /** A call of the line was taken. */
  called(line: string | undefined): void {
    if (line !== undefined && this.#last.get(line)) this.#last.delete(line)
  }

  problems(name: (line: string) => Pick<Line, 'authName'> | undefined): readonly Problem[] {
    return [...this.#last.all()].flatMap(([line, { why }]) => {
      const known = name(line)
      if (known === undefined) return []
      return {
        code: `lines.media-refused:${line}`,
        severity: 'serious' as const,
        text: words[`lines.media-refused.${why}`].replace('{line}', known.authName),
        remedy: words['lines.media-refused.remedy'],
        link: `/line/${line}`,
      }
    })
  }
}
