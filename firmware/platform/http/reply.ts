// How the web of the box answers when something is wrong: the same shape everywhere, naming field and remedy.
import type { FastifyError, FastifyReply, FastifyRequest } from 'fastify'
import { PbxError } from '../../kernel/errors.ts'
import type { Log } from '../../kernel/feature.ts'

/** The body of every refusal. */
export interface Refusal {
  readonly error: {
    readonly code: string
    readonly message: string
    readonly fields: Readonly<Record<string, string>>
    /** Only with code `store.in-use`: who points here. */
    readonly uses?: readonly { kind: string; id: string; label: string; field: string }[]
  }
}

/** Turns whatever was thrown into a refusal; what the box itself did wrong is logged and told without its inside. */
export function refuse(log: Log, error: unknown, o: { request: FastifyRequest; reply: FastifyReply }): FastifyReply {
  const { status, refusal } = refusalOf(error)
  if (status >= 500) log.error('a request failed', { path: o.request.routeOptions.url ?? '?', error: textOf(error) })
  return o.reply.code(status).send(refusal)
}

function refusalOf(error: unknown): { status: number; refusal: Refusal } {
  if (error instanceof PbxError) {
    return { status: error.status, refusal: refusal(error.code, error.message, error.fields) }
  }
  const known = FROM_FASTIFY[(error as FastifyError | undefined)?.code ?? '']
  if (known) return known
  const status = (error as FastifyError | undefined)?.statusCode
  if (status !== undefined && status >= 400 && status < 500) {
    return { status, refusal: refusal('web.bad-request', 'the request cannot be read: send JSON in UTF-8') }
  }
  return { status: 500, refusal: refusal('web.failed', 'the box could not do this: see its problems, then try again') }
}

const refusal = (code: string, message: string, fields: Readonly<Record<string, string>> = {}): Refusal => ({
  error: { code, message, fields },
})

const FROM_FASTIFY: Readonly<Record<string, { status: number; refusal: Refusal }>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: {
    status: 413,
    refusal: refusal('web.too-large', 'the request is too large: send less at a time'),
  },
  FST_ERR_CTP_INVALID_MEDIA_TYPE: {
    status: 415,
    refusal: refusal('web.not-json', 'the box reads JSON only: send content-type application/json'),
  },
  FST_ERR_CTP_EMPTY_JSON_BODY: {
    status: 400,
    refusal: refusal('web.empty', 'the request has no body: send a JSON object'),
  },
}

const textOf = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error))
