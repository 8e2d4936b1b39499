// Verbs of messages: uploading a recording, and listening to what will be played.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Route } from '../../../kernel/feature.ts'
import type { Who } from '../../../kernel/store.ts'
import { at16k } from './resample.ts'
import { LARGEST_RECORDING, Listening, type Message, messageKind, Upload } from './settings.ts'
import type { ReadySound } from './sound-library.ts'
import { readWav, writeWav } from './wav.ts'

/** The routes of this feature. */
export function routesOf(ctx: Context, soundOf: (message: string) => ReadySound | undefined): Route<never, unknown>[] {
  const upload: Route<Upload, { message: string; seconds: number }> = {
    method: 'POST',
    path: 'messages/upload',
    about: 'Gives a message a recording; without a message, makes one.',
    permission: 'messages.manage',
    input: Upload,
    run: (input, who) => keepRecording(ctx, input, who),
  }
  const listen: Route<Listening, { wav: string; seconds: number }> = {
    method: 'GET',
    path: 'messages/listen',
    about: 'The sound of a message as it will be played, a WAV in base64.',
    permission: 'messages.view',
    input: Listening,
    async run({ message }) {
      const sound = soundOf(message)
      if (sound === undefined)
        throw new PbxError('messages.not-ready', 'this message is not ready to be played', { status: 409 })
      return { wav: Buffer.from(await ctx.blobs.read(sound.file)).toString('base64'), seconds: sound.seconds }
    },
  }
  return [upload, listen]
}

async function keepRecording(ctx: Context, input: Upload, who: Who): Promise<{ message: string; seconds: number }> {
  const bytes = Buffer.from(input.wav, 'base64')
  if (bytes.length > LARGEST_RECORDING)
    throw new PbxError('messages.too-large', 'the recording is larger than 2 MB', { fields: { wav: 'shorten it' } })
  const pcm = await at16k(readWav(bytes))
  const { sha256 } = await ctx.blobs.put(writeWav(pcm), '.wav')
  const before = input.message === undefined ? undefined : ctx.store.get(messageKind, input.message)
  if (input.message !== undefined && before === undefined)
    throw new PbxError('messages.not-found', 'there is no such message', { status: 404 })
  const name = before?.name ?? input.name
  if (name === undefined)
    throw new PbxError('messages.no-name', 'a new message needs a name', { fields: { name: 'give it a name' } })
  const id = before?.id ?? ctx.store.newId(messageKind)
  const value: Message = { ...(before === undefined ? {} : fieldsOf(before)), name, recording: sha256 }
  await ctx.store.change({
    why: `Recording for message “${name}”`,
    author: who,
    ops: [{ op: 'put', kind: messageKind.kind, id, value, ...(before === undefined ? {} : { rev: before.rev }) }],
  })
  return { message: id, seconds: pcm.samples.length / pcm.rate }
}

function fieldsOf(stored: Message & { id: string; rev: number }): Message {
  const { id: _id, rev: _rev, ...fields } = stored
  return fields
}
