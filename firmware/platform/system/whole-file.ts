// A file that is whole or not there after a power cut: it appears under its name once its bytes are on the disk.
import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, rm, unlink } from 'node:fs/promises'
import { dirname } from 'node:path'

/** Writes it durably, replacing what is there, and makes its directory. */
export async function writeWhole(file: string, bytes: Uint8Array): Promise<void> {
  await mkdir(dirname(file), { recursive: true, mode: 0o750 })
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
  const folder = await open(dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
