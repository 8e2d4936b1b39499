// The vault: secrets by reference, each line sealed with the key of this machine. Read from memory, never logged.
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto'
import { dirname } from 'node:path'
import type { DiskStep } from './disk.ts'
import type { Loss } from './document-files.ts'
import { cut, type Files, failure, readAtBoot, replaceFile } from './files.ts'
import { decodeLines, encodeLines } from './lines.ts'

/** Where the vault and its key lie. */
export interface VaultPaths {
  readonly vault: string
  readonly key: string
}

const NONCE = 12
const TAG = 16

/** A reference is never given a second text, so that undo finds the former one. */
export class Vault {
  readonly #secrets = new Map<string, string>()
  readonly #key: Buffer
  readonly #paths: VaultPaths
  /** The disk refused the new key at boot: it goes out with every secret until it is there at a start. */
  readonly #keyPending: boolean
  readonly losses: readonly Loss[]

  /** Reads the vault; makes the key at first boot. A line that cannot be opened is a loss, the rest is there. */
  constructor(files: Files, paths: VaultPaths) {
    const key = machineKey(files, paths.key)
    this.#key = key.bytes
    this.#paths = paths
    this.#keyPending = key.pending
    const { bytes, putAside } = readAtBoot(files, paths.vault)
    const lines = decodeLines(bytes ?? Buffer.alloc(0))
    let unreadable = lines.damaged
    for (const record of lines.records) {
      const { id, value } = record as { id: string; value: string }
      const text = this.#opened(id, value)
      if (text === undefined) unreadable += 1
      else this.#secrets.set(id, text)
    }
    if (lines.tail) failure(() => cut(files, paths.vault, lines.end))
    this.losses = [
      ...key.losses,
      ...(putAside ? [UNREADABLE_VAULT] : []),
      ...(unreadable > 0 ? [unreadableSecrets(unreadable)] : []),
    ]
  }

  get(reference: string): string | undefined {
    return this.#secrets.get(reference)
  }

  has(reference: string): boolean {
    return this.#secrets.has(reference)
  }

  /** Known from now on; durable once the steps of {@link steps} are done. */
  add(secrets: ReadonlyMap<string, string>): void {
    for (const [reference, text] of secrets) this.#secrets.set(reference, text)
  }

  forget(references: Iterable<string>): void {
    for (const reference of references) this.#secrets.delete(reference)
  }

  /** What must reach the disk before a change set that refers to these secrets. */
  steps(references: readonly string[]): DiskStep[] {
    if (references.length === 0) return []
    const key: DiskStep = { do: 'replace', path: this.#paths.key, bytes: this.#key, mode: 0o600 }
    const bytes = this.#lines(references)
    return [
      ...(this.#keyPending ? [key] : []),
      { do: 'append', path: this.#paths.vault, bytes, durable: true, mode: 0o600 },
    ]
  }

  /** At boot: drops what nothing refers to any more, once that is most of it. */
  trim(files: Files, wanted: ReadonlySet<string>): void {
    const kept = [...this.#secrets.keys()].filter(reference => wanted.has(reference))
    if (this.#secrets.size - kept.length < Math.max(100, kept.length)) return
    replaceFile(files, this.#paths.vault, { bytes: this.#lines(kept), mode: 0o600 })
    this.forget([...this.#secrets.keys()].filter(reference => !wanted.has(reference)))
  }

  #lines(references: readonly string[]): Buffer {
    return encodeLines(references.map(id => ({ id, value: this.#sealed(id, this.#secrets.get(id) ?? '') })))
  }

  /** The reference is bound to the text, so that lines cannot be exchanged. */
  #sealed(reference: string, text: string): string {
    const nonce = randomBytes(NONCE)
    const cipher = createCipheriv('aes-256-gcm', this.#key, nonce).setAAD(Buffer.from(reference))
    const box = Buffer.concat([cipher.update(text, 'utf8'), cipher.final()])
    return Buffer.concat([nonce, cipher.getAuthTag(), box]).toString('base64')
  }

  #opened(reference: string, sealed: string): string | undefined {
    const bytes = Buffer.from(sealed, 'base64')
    if (bytes.length < NONCE + TAG) return undefined
    const decipher = createDecipheriv('aes-256-gcm', this.#key, bytes.subarray(0, NONCE)).setAAD(Buffer.from(reference))
    decipher.setAuthTag(bytes.subarray(NONCE, NONCE + TAG))
    try {
      return Buffer.concat([decipher.update(bytes.subarray(NONCE + TAG)), decipher.final()]).toString('utf8')
    } catch {
      // Wrong key or a forged line: there is no other way to be told (RFC 5116 section 2.2).
      return undefined
    }
  }
}

function machineKey(files: Files, path: string): { bytes: Buffer; losses: Loss[]; pending: boolean } {
  const { bytes: known, putAside } = readAtBoot(files, path)
  if (known?.length === 32) return { bytes: known, losses: [], pending: false }
  const bytes = randomBytes(32)
  const refused = failure(() => {
    files.makeDirectory(dirname(path))
    replaceFile(files, path, { bytes, mode: 0o600, keep: `${path}.damaged` })
  })
  return { bytes, losses: known || putAside ? [DAMAGED_KEY] : [], pending: refused !== undefined }
}

const DAMAGED_KEY: Loss = {
  code: 'store.machine-key-damaged',
  text: 'The key of this machine could not be read; a new one was made, and the secrets sealed with the old one stay closed.',
  remedy: 'Restore a backup with its passphrase, or type the secrets of trunks and lines again.',
}

const UNREADABLE_VAULT: Loss = {
  code: 'store.vault-unreadable',
  text: 'The vault cannot be read at all and was put aside: no line, trunk or service has its secret any more.',
  remedy: 'Restore a backup with its passphrase, or type the secrets of trunks and lines again.',
  lost: true,
}

/** Secrets that something refers to and that the vault does not have. */
export const missingSecrets = (count: number): Loss => ({
  code: 'store.secrets-missing',
  text: `${count} secret(s) that lines, trunks or services refer to are not in the vault.`,
  remedy: 'Those that cannot register need their secret typed again, or the box its backup restored.',
  lost: true,
})

const unreadableSecrets = (count: number): Loss => ({
  code: 'store.secrets-unreadable',
  text: `${count} secret(s) in the vault cannot be opened.`,
  remedy: 'Lines and trunks that cannot register need their secret typed again, or the box its backup restored.',
})
