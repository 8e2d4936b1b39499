// What a verb or a hook answers, on its way to who asked: an object as JSON, a file as the bytes that it is.
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'
import type { FastifyReply } from 'fastify'
import { PbxError } from '../../kernel/errors.ts'
import type { SentFile } from '../../kernel/feature.ts'

const isFile = (answer: unknown): answer is SentFile =>
  typeof answer === 'object' && answer !== null && typeof (answer as Partial<SentFile>).sentFile === 'string'

/** Throws `web.file-gone` when the file is not there any more: nothing has been sent then. */
export async function send(reply: FastifyReply, answer: unknown): Promise<FastifyReply> {
  if (!isFile(answer)) return reply.send(answer ?? {})
  // Opened before a byte of the answer is sent: what is missing is refused in words.
  const file = await open(answer.sentFile).catch((cause: unknown) => {
    throw new PbxError('web.file-gone', 'what was asked for is not there any more: ask again', { status: 410, cause })
  })
  return reply.type(answer.type).send(createReadStream('', { fd: file }))
}
