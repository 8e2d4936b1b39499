// The other end of the console: one request, one answer, over the supervisor's socket.
import { connect } from 'node:net'
import { createInterface } from 'node:readline'
import { PbxError } from '../../kernel/errors.ts'
import type { ConsoleRequest } from './console-verbs.ts'

const PATIENCE_MILLISECONDS = 10_000

/** A connection to the console of a running box. */
export interface Console {
  ask<T = unknown>(request: ConsoleRequest): Promise<T>
  close(): void
}

interface Waiting {
  resolve(value: unknown): void
  reject(error: Error): void
}

/** Rejects with PbxError `console.not-running` when nothing listens at `path`. */
export function openConsoleClient(path: string): Promise<Console> {
  return new Promise((resolve, reject) => {
    const socket = connect(path)
    const waiting = new Map<number, Waiting>()
    let last = 0
    const gone = (why: string) => {
      const error = new PbxError(
        'console.not-running',
        `the box does not answer at ${path}: ${why}. Start it with npm start, or name its directory with --run`,
        { status: 503 },
      )
      for (const one of waiting.values()) one.reject(error)
      waiting.clear()
      reject(error)
    }
    socket.on('error', error => gone(error.message))
    socket.on('close', () => gone('it closed the connection'))
    socket.on('connect', () => {
      // Only now: a line reader hands on the socket's errors as its own.
      const lines = createInterface({ input: socket })
      // The socket's own listener says what it means.
      lines.on('error', () => undefined)
      lines.on('line', line => {
        const answer = JSON.parse(line) as {
          id: number
          ok?: unknown
          error?: { code: string; message: string; fields: Record<string, string> }
        }
        const one = waiting.get(answer.id)
        waiting.delete(answer.id)
        if (answer.error)
          one?.reject(new PbxError(answer.error.code, answer.error.message, { fields: answer.error.fields }))
        else one?.resolve(answer.ok)
      })
      resolve({
        ask: <T>(request: ConsoleRequest) =>
          new Promise<T>((done, failed) => {
            const id = ++last
            const forget = setTimeout(() => {
              waiting.delete(id)
              failed(
                new PbxError('console.silent', `the box did not answer within ${PATIENCE_MILLISECONDS / 1000} s`, {
                  status: 504,
                }),
              )
            }, PATIENCE_MILLISECONDS)
            waiting.set(id, {
              resolve: value => {
                clearTimeout(forget)
                done(value as T)
              },
              reject: error => {
                clearTimeout(forget)
                failed(error)
              },
            })
            socket.write(`${JSON.stringify({ id, ...request })}\n`)
          }),
        close: () => socket.destroy(),
      })
    })
  })
}
