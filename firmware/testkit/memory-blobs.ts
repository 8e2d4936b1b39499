// Kept files in memory, for scenarios.
import { createHash } from 'node:crypto'
import type { Blobs } from '../kernel/blobs.ts'
import { PbxError } from '../kernel/errors.ts'

/** As the directory on disk, without a disk. */
export function memoryBlobs(): Blobs {
  const kept = new Map<string, Uint8Array>()
  const fileOf = (sha256: string, suffix: string) => `/blobs/${sha256}${suffix}`
  return {
    fileOf,
    async put(bytes, suffix) {
      const sha256 = createHash('sha256').update(bytes).digest('hex')
      kept.set(fileOf(sha256, suffix), Uint8Array.from(bytes))
      return { file: fileOf(sha256, suffix), sha256 }
    },
    async read(file) {
      const bytes = kept.get(file)
      if (bytes === undefined) throw new PbxError('blobs.missing', `there is no file ${file}`, { status: 500 })
      return bytes
    },
  }
}
