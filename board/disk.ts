// The board's durable directory, one operation at a time, so that a disk that hangs holds one thread and nothing else.
//
// INVARIANTS
// - Nobody on the way of a press awaits anything here; what is told here has already happened.
// - `replace` leaves, at every instant, either the old file or the new one under its name, and the old one as `.previous`.
import { type FileHandle, link, mkdir, open, readFile, rename, unlink } from 'node:fs/promises'
import { join } from 'node:path'

export interface Disk {
  /** The file's bytes, or undefined when there is none; rejects when the disk cannot say. */
  read(name: string): Promise<Buffer | undefined>
  /** Resolves when the bytes are durable at the end of the file. */
  append(name: string, bytes: string): Promise<void>
  /** Resolves when the new content is durable under the name, the former kept as `<name>.previous`. */
  replace(name: string, bytes: string | Uint8Array): Promise<void>
  close(): Promise<void>
}

export const PREVIOUS = '.previous'
/** The end of the name under which lies what was no file. */
const UNREADABLE = '.unreadable'

/** What stood under the name was no file that anybody can read; it was put aside, and the name is free again. */
export class PutAside extends Error {}

/** A directory of the machine's disk, made when it is not there. */
export function openDisk(directory: string): Disk {
  const handles = new Map<string, FileHandle>()
  let last: Promise<unknown> = Promise.resolve()
  const inTurn = <T>(work: () => Promise<T>): Promise<T> => {
    const mine = last.then(work, work)
    // The caller gets the error; the next in line only needs to know that this one is over.
    last = mine.then(
      () => {},
      () => {},
    )
    return mine
  }
  const closeHandle = async (name: string) => {
    const handle = handles.get(name)
    handles.delete(name)
    await handle?.close()
  }
  return {
    read: name => inTurn(() => readIfThere(join(directory, name))),
    append: (name, bytes) =>
      inTurn(async () => {
        let handle = handles.get(name)
        if (handle === undefined) {
          handle = await open(join(directory, name), 'a', 0o640)
          handles.set(name, handle)
        }
        await handle.appendFile(bytes)
        await handle.datasync()
      }),
    replace: (name, bytes) =>
      inTurn(async () => {
        await closeHandle(name)
        await replaceFile(directory, name, bytes)
      }),
    close: () =>
      inTurn(async () => {
        for (const name of [...handles.keys()]) await closeHandle(name)
      }),
  }
}

async function readIfThere(file: string): Promise<Buffer | undefined> {
  try {
    return await readFile(file)
  } catch (error) {
    if (isMissing(error)) return undefined
    // A disk that fails now may answer later; a directory or a link in a circle stays what it is.
    if (!(error instanceof Error && 'code' in error && /^(EISDIR|ELOOP|ENOTDIR)$/.test(String(error.code)))) throw error
    await rename(file, `${file}${UNREADABLE}`)
    throw new PutAside(`${file} was no readable file and was put aside`, { cause: error })
  }
}

async function replaceFile(directory: string, name: string, bytes: string | Uint8Array): Promise<void> {
  await mkdir(directory, { recursive: true, mode: 0o750 })
  const file = join(directory, name)
  await unlinkIfThere(`${file}.new`)
  const handle = await open(`${file}.new`, 'wx', 0o640)
  try {
    await handle.writeFile(bytes)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await unlinkIfThere(`${file}.old`)
  try {
    await link(file, `${file}.old`)
    await renameOver(`${file}.old`, `${file}${PREVIOUS}`)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
  await rename(`${file}.new`, file)
  const folder = await open(directory, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}

/** A directory under the name of the one before must not keep the new one out. */
async function renameOver(from: string, to: string): Promise<void> {
  try {
    await rename(from, to)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EISDIR')) throw error
    await rename(to, `${to}${UNREADABLE}`)
    await rename(from, to)
  }
}

async function unlinkIfThere(file: string): Promise<void> {
  try {
    await unlink(file)
  } catch (error) {
    if (!isMissing(error)) throw error
  }
}

const isMissing = (error: unknown) => error instanceof Error && 'code' in error && error.code === 'ENOENT'
