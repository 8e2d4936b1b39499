// One message handed to a web service by HTTP POST; over https with the server's certificate checked. An errand: a server may hang.
import { request as requestInClear } from 'node:http'
import { request } from 'node:https'
import type { PostOrder } from '../../kernel/courier.ts'
import { PbxError } from '../../kernel/errors.ts'

/** For the whole of it, milliseconds. */
const PATIENCE = 15_000
/** So much of an answer is read: it says why, at most. */
const LONGEST_ANSWER = 4000

const notTaken = (why: string) =>
  new PbxError('courier.post-not-taken', `the web service did not take it: ${why}`, { status: 502 })

/** Throws PbxError `courier.post-not-taken` with what the service said. */
export function post(order: PostOrder, patienceMilliseconds = PATIENCE): Promise<void> {
  return new Promise((resolve, reject) => {
    const url = new URL(order.url)
    const { headers, body, authorities } = order
    const begin = url.protocol === 'https:' ? request : requestInClear
    const signal = AbortSignal.timeout(patienceMilliseconds)
    const length = Buffer.byteLength(body)
    const asked = begin(
      url,
      {
        method: 'POST',
        headers: { ...headers, 'content-length': length },
        signal,
        agent: false,
        ...(authorities !== undefined && { ca: authorities }),
      },
      answer => {
        const { statusCode = 0 } = answer
        let said = ''
        answer.setEncoding('utf8').on('data', (part: string) => {
          if (said.length < LONGEST_ANSWER) said += part
        })
        answer.on('error', error => reject(notTaken(error.message)))
        answer.on('end', () => {
          if (statusCode >= 200 && statusCode < 300) resolve()
          else reject(notTaken(`it answered ${statusCode} ${said.slice(0, 120)}`.trim()))
        })
      },
    )
    asked.on('error', error => reject(notTaken(signal.aborted ? 'it did not answer in time' : error.message)))
    asked.end(body)
  })
}
