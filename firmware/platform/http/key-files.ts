// Keys of pages and phones in the box directory: made at first start, made anew before they run out, never replicated.
import { mkdir, open, readFile, rename, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { PbxError } from '../../kernel/errors.ts'
import { type Credentials, fitTogether, makeAuthority, makeLeaf, whyRenew } from './certificate.ts'

/** Of each the box has a certificate of its own: for its pages, and for phones that encrypt. */
export type LeafName = 'web' | 'sip'

/** The box's authority and the certificate that its pages are served with. */
export interface WebKeys {
  readonly authority: string
  readonly leaf: Credentials
  /** Why the leaf was made anew just now. */
  readonly renewed?: string
}

/**
 * Puts keys aside that cannot be used any more, so that {@link openKeys} makes new ones; tells whether the authority was
 * among them, which browsers must be told to trust anew.
 */
export async function setDamagedKeysAside(directory: string): Promise<'authority' | LeafName | undefined> {
  const damaged: ('authority' | LeafName)[] = []
  for (const name of ['authority', 'web', 'sip'] as const) {
    if (await isUsable(directory, name)) continue
    damaged.push(name)
    for (const file of [`${name}.crt`, `${name}.key`]) await putAside(join(directory, file))
  }
  return damaged[0]
}

/** What is not there yet is made, and what a right is missing for is said as such: both are no damage. */
async function isUsable(directory: string, name: string): Promise<boolean> {
  const files = [join(directory, `${name}.crt`), join(directory, `${name}.key`)]
  const texts = await Promise.all(
    files.map(file =>
      readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) =>
        error.code === 'ENOENT' || error.code === 'EACCES' ? error.code : '',
      ),
    ),
  )
  if (texts.includes('EACCES') || texts.every(text => text === 'ENOENT')) return true
  const [certificate = '', key = ''] = texts
  return fitTogether({ certificate, key })
}

async function putAside(file: string): Promise<void> {
  await rm(`${file}.damaged`, { recursive: true, force: true })
  await rename(file, `${file}.damaged`).catch((error: NodeJS.ErrnoException) => {
    if (error.code !== 'ENOENT') throw error
  })
}

/** Reads the keys of the box, makes what is missing, and renews a leaf that runs out or does not name all of `names`. */
export async function openKeys(
  directory: string,
  o: { readonly names: readonly string[]; readonly now: number; readonly leaf?: LeafName },
): Promise<WebKeys> {
  const name = o.leaf ?? 'web'
  await mkdir(directory, { recursive: true, mode: 0o700 })
  let authority = await read(directory, 'authority')
  if (!authority) {
    authority = await makeAuthority(o.names[0] ?? 'plant-pbx', o.now)
    await write(directory, 'authority', authority)
  }
  const present = await read(directory, name)
  const why = present ? renewal(present, authority, o) : 'first start'
  if (present && why === undefined) return { authority: authority.certificate, leaf: present }
  const leaf = await makeLeaf(authority, o.names, o.now)
  await write(directory, name, leaf)
  return { authority: authority.certificate, leaf, renewed: why ?? 'first start' }
}

function renewal(
  leaf: Credentials,
  authority: Credentials,
  o: { names: readonly string[]; now: number },
): string | undefined {
  try {
    return whyRenew(leaf.certificate, authority.certificate, o)
  } catch {
    // A file torn by a power cut: the authority is whole, so a new leaf costs nobody anything.
    return 'cannot be read'
  }
}

async function read(directory: string, name: string): Promise<Credentials | undefined> {
  const [certificate, key] = await Promise.all([
    text(join(directory, `${name}.crt`)),
    text(join(directory, `${name}.key`)),
  ])
  return certificate && key ? { certificate, key } : undefined
}

async function text(file: string): Promise<string | undefined> {
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
    throw new PbxError('web.keys-unreadable', `${file} cannot be read: give it to the user that runs the box`, {
      status: 500,
      cause: error,
    })
  }
}

async function write(directory: string, name: string, credentials: Credentials): Promise<void> {
  await replace(join(directory, `${name}.key`), credentials.key, 0o600)
  await replace(join(directory, `${name}.crt`), credentials.certificate, 0o644)
}

async function replace(file: string, content: string, mode: number): Promise<void> {
  const beside = `${file}.new`
  const handle = await open(beside, 'w', mode)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
  await rename(beside, file)
}
