// A file that is whole or not there: it appears under its name once its bytes are on the disk.
import { randomUUID } from 'node:crypto'
import { mkdir, open, rename, unlink } from 'node:fs/promises'
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
  await rename(draft, file)
}
