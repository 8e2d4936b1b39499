// Kept files on disk: named by the digest of their bytes, written whole or not at all.
import { createHash, randomUUID } from 'node:crypto'
import { mkdir, open, readFile, rename, rm, unlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { Blobs } from '../../kernel/blobs.ts'
import { PbxError } from '../../kernel/errors.ts'

/** Keeps files in `directory`, which is made when it is not there. */
export function openBlobDirectory(directory: string): Blobs {
  const fileOf = (sha256: string, suffix: string) => join(directory, `${sha256}${suffix}`)
  return {
    fileOf,
    async put(bytes, suffix) {
      const sha256 = digestOf(bytes)
      const file = fileOf(sha256, suffix)
      // One that rotted or stands there as something else is written anew.
      if (!(await isWhole(file, sha256))) await writeWhole(directory, file, bytes)
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

/** A power cut leaves either no file or the whole one: the name appears after the bytes are on the disk. */
async function writeWhole(directory: string, file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o750 })
  const draft = `${file}.${randomUUID()}`
  const handle = await open(draft, 'wx', 0o640)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } catch (error) {
    await unlink(draft)
    throw error
  } finally {
    await handle.close()
  }
  await rename(draft, file).catch(async () => {
    // A directory in its place: what it holds was never ours.
    await rm(file, { recursive: true, force: true })
    await rename(draft, file)
  })
  const folder = await open(directory, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
