// The small process that runs other programs for the supervisor: one errand per line of JSON, one answer per errand, in
// whatever order they are done. Ends when nobody listens any more.
import { setPriority } from 'node:os'
import { createInterface } from 'node:readline'
import type { MailOrder, PostOrder } from '../../kernel/courier.ts'
import { PbxError } from '../../kernel/errors.ts'
import type { DrawOrder } from './drawing.ts'
import { look } from './looking.ts'
import type { Bounding } from './picture-file.ts'
import { type Speech, speak } from './speaking.ts'

/** A picture takes seconds of a processor: whoever calls, or speaks, has it first. As `nice` counts. */
const BEHIND_CALLS = 15

const ERRANDS = {
  look,
  speak: (input: unknown) => speak(input as Speech),
  // Most boxes send no mail: what for that is read when it is needed.
  mail: async (input: unknown) => (await import('./mailing.ts')).sendMail(input as MailOrder),
  post: async (input: unknown) => (await import('./posting.ts')).post(input as PostOrder),
  // Asked of a process of its own (pictures.ts): a picture that takes long keeps no notice waiting.
  async picture(input: unknown) {
    setPriority(BEHIND_CALLS)
    return (await import('./picture-file.ts')).bounded(input as Bounding)
  },
  async draw(input: unknown) {
    setPriority(BEHIND_CALLS)
    return (await import('./drawing.ts')).draw(input as DrawOrder)
  },
}
export type ErrandName = keyof typeof ERRANDS

interface Asked {
  readonly id: number
  readonly name: ErrandName
  readonly input: unknown
}

async function answerTo({ name, input }: Asked): Promise<object> {
  try {
    return { ok: await ERRANDS[name](input) }
  } catch (error) {
    if (error instanceof PbxError) {
      const { code, message, status, fields } = error
      return { error: { code, message, status, fields } }
    }
    const message = error instanceof Error ? error.message : String(error)
    return { error: { code: 'errands.failed', message, status: 500, fields: {} } }
  }
}

process.stdout.on('error', () => process.exit(0))
const lines = createInterface({ input: process.stdin })
lines.on('close', () => process.exit(0))
lines.on('line', line => {
  const asked = JSON.parse(line) as Asked
  void answerTo(asked).then(answer => process.stdout.write(`${JSON.stringify({ id: asked.id, ...answer })}\n`))
})
