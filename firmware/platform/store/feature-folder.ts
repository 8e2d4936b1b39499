// The durable directory of one feature on disk.
import { mkdir, open, rm, stat, statfs } from 'node:fs/promises'
import { join, normalize } from 'node:path'
import { PbxError } from '../../kernel/errors.ts'
import type { Folder } from '../../kernel/folder.ts'

/** Files below `directory`; a name that would lead out of it is refused. */
export function openFeatureFolder(directory: string): Folder {
  const path = (name: string): string => {
    const plain = normalize(name)
    if (plain.startsWith('..') || plain.startsWith('/')) throw new TypeError(`${name} lies outside of its folder`)
    return join(directory, plain)
  }
  return {
    path,
    async makeReady(folder) {
      await mkdir(path(folder), { recursive: true, mode: 0o750 })
    },
    async size(name) {
      try {
        return (await stat(path(name))).size
      } catch (error) {
        if (isMissing(error)) return undefined
        throw error
      }
    },
    async read(name, { from, length }) {
      const handle = await open(path(name), 'r').catch(cause => {
        throw new PbxError('folder.missing', `the file ${name} cannot be read`, { status: 404, cause })
      })
      try {
        const bytes = Buffer.alloc(length)
        const { bytesRead } = await handle.read(bytes, 0, length, from)
        return bytes.subarray(0, bytesRead)
      } finally {
        await handle.close()
      }
    },
    remove: name => rm(path(name), { force: true }),
    async space() {
      const { bavail, blocks, bsize } = await statfs(directory)
      return { freeBytes: bavail * bsize, totalBytes: blocks * bsize }
    },
  }
}

const isMissing = (error: unknown): boolean => (error as NodeJS.ErrnoException).code === 'ENOENT'
