// Talking to the box: JSON in, JSON out, refusals with fields and remedy.
import { t } from './words.ts'

/** Who points at something that cannot be deleted. */
export interface Use {
  readonly kind: string
  readonly id: string
  readonly label: string
  readonly field: string
}

/** What the box refused, and why. */
export class ApiError extends Error {
  readonly status: number
  readonly code: string
  readonly fields: Readonly<Record<string, string>>
  readonly uses: readonly Use[]
  readonly retrySeconds: number

  constructor(o: {
    status: number
    code: string
    message: string
    fields?: Record<string, string>
    uses?: readonly Use[]
    retrySeconds?: number
  }) {
    super(o.message)
    this.status = o.status
    this.code = o.code
    this.fields = o.fields ?? {}
    this.uses = o.uses ?? []
    this.retrySeconds = o.retrySeconds ?? 0
  }
}

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** Asks `/api/<path>`; throws {@link ApiError}. */
export async function api<T>(method: Method, path: string, body?: unknown): Promise<T> {
  const answer = await fetch(`/api/${path}`, {
    method,
    ...(body === undefined ? {} : { headers: { 'content-type': 'application/json' }, body: JSON.stringify(body) }),
  }).catch(() => {
    throw new ApiError({ status: 0, code: 'web.offline', message: t('error.offline') })
  })
  const json = answer.headers.get('content-type')?.includes('json') ? await answer.json() : undefined
  if (answer.ok) return json as T
  const error = (
    json as { error?: { code: string; message: string; fields: Record<string, string>; uses?: Use[] } } | undefined
  )?.error
  if (answer.status === 401 && path !== 'session') window.dispatchEvent(new Event('signed-out'))
  throw new ApiError({
    status: answer.status,
    retrySeconds: Number(answer.headers.get('retry-after') ?? 0),
    ...(error ?? { code: 'web.failed', message: t('error.offline') }),
  })
}

/** What went wrong, in words. */
export const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error))
