// Kept files on disk: named by the digest of their bytes, written whole or not at all.
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Blobs } from '../../kernel/blobs.ts'
import { PbxError } from '../../kernel/errors.ts'
import { writeWhole } from '../system/whole-file.ts'

/** Keeps files in `directory`, which is made when it is not there. */
export function openBlobDirectory(directory: string): Blobs {
  const fileOf = (sha256: string, suffix: string) => join(directory, `${sha256}${suffix}`)
  return {
    fileOf,
    async put(bytes, suffix) {
      const sha256 = digestOf(bytes)
      const file = fileOf(sha256, suffix)
      // One that rotted or stands there as something else is written anew.
      if (!(await isWhole(file, sha256))) await writeWhole(file, bytes)
      return { file, sha256 }
    },
    async read(file) {
      const bytes = await readFile(file).catch((cause: unknown) => {
        throw new PbxError('blobs.missing', `the file ${file} cannot be read`, { status: 500, cause })
      })
      const named = /([0-9a-f]{64})\.\w+$/.exec(file)?.[1]
      if (named !== undefined && digestOf(bytes) !== named)
        throw new PbxError('blobs.missing', `the file ${file} is damaged: it is not what its name says`, {
          status: 500,
        })
      return bytes
    },
  }
}

const digestOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex')

const isWhole = (file: string, sha256: string): Promise<boolean> =>
  readFile(file).then(
    bytes => digestOf(bytes) === sha256,
    () => false,
  )
