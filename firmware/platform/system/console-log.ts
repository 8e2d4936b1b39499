// The log of the supervisor: one JSON line per entry on standard output, which never is a pipe that could block.
import pino from 'pino'
import type { Log } from '../../kernel/feature.ts'

/** Errors are written with their stack; secrets never reach a log, because nothing that logs is handed one. */
export function openLog(): Log {
  const out = pino({
    level: 'info',
    base: null,
    timestamp: pino.stdTimeFunctions.isoTime,
    serializers: { error: pino.stdSerializers.err },
  })
  return {
    debug: (text, fields) => out.debug(fields ?? {}, text),
    info: (text, fields) => out.info(fields ?? {}, text),
    warn: (text, fields) => out.warn(fields ?? {}, text),
    error: (text, fields) => out.error(fields ?? {}, text),
  }
}
