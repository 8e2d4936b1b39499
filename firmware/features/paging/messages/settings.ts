// A stored message: a text that the box speaks, or a recording that somebody uploaded.
import { Name, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

/** The longest text that can be spoken. */
export const LONGEST_TEXT = 600
/** The largest recording that can be uploaded, bytes. */
export const LARGEST_RECORDING = 2 * 1024 * 1024

export const Message = Type.Object({
  name: Name({ title: 'Name' }),
  text: Type.Optional(
    Type.String({ title: 'Text', maxLength: LONGEST_TEXT, description: 'Spoken when there is no recording.' }),
  ),
  language: Type.Optional(
    Type.String({
      title: 'Language',
      pattern: '^[a-z]{2,3}(-[a-z0-9]{2,8})*$',
      description: 'Empty: the language of the site.',
      'x-advanced': true,
    }),
  ),
  recording: Type.Optional(
    Type.String({
      title: 'Recording',
      pattern: '^[0-9a-f]{64}$',
      description: 'Set by an upload; played instead of the text.',
      'x-advanced': true,
    }),
  ),
})
export type Message = Static<typeof Message>

/** The resource kind `message`. */
export const messageKind: ResourceKind<Message> = {
  kind: 'message',
  prefix: 'msg',
  title: ['Message', 'Messages'],
  schema: Message,
  label: 'name',
  check: (message): Record<string, string> =>
    message.recording === undefined && (message.text ?? '').trim() === ''
      ? { text: 'write what is to be spoken, or upload a recording' }
      : {},
}

/** A WAV as the browser sends it. */
export const Upload = Type.Object({
  message: Type.Optional(Type.String({ description: 'The message that gets the recording; empty for a new one.' })),
  name: Type.Optional(Type.String({ minLength: 1, maxLength: 80, description: 'The name of a new message.' })),
  wav: Type.String({
    title: 'Recording',
    maxLength: Math.ceil(LARGEST_RECORDING / 3) * 4,
    description: 'A WAV file in base64.',
  }),
})
export type Upload = Static<typeof Upload>

export const Listening = Type.Object({ message: Type.String() })
export type Listening = Static<typeof Listening>
