// Sounds and other files that features keep: by content, never changed, so that the same bytes are one file on both boxes.

/** A file named by the digest of its bytes. */
export interface KeptFile {
  readonly file: string
  readonly sha256: string
}

/** The directory of kept files. Board and switch read from it too; nothing on the way of a press does. */
export interface Blobs {
  /** Resolves once durable. `suffix` is the file's ending, e.g. `.wav`. The same bytes give the same file. */
  put(bytes: Uint8Array, suffix: string): Promise<KeptFile>
  /** The bytes of a kept file or a spoken text. Throws PbxError `blobs.missing`. */
  read(file: string): Promise<Uint8Array>
  /** Where bytes with this digest are kept, whether they are there or not. */
  fileOf(sha256: string, suffix: string): string
}
