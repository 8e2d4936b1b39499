// The durable directory of one feature, for files that grow in number: recordings, exports.

/** Names are relative, with `/` between folders. Nothing on the way of a call waits for it. */
export interface Folder {
  /** Where a file of this name lies, whether it is there or not. */
  path(name: string): string
  /** Makes a folder inside, so that others (the switch) can write files there. */
  makeReady(folder: string): Promise<void>
  /** Length in bytes; undefined: there is no such file. */
  size(name: string): Promise<number | undefined>
  /** A piece of a file, shorter at its end. Throws PbxError `folder.missing`. */
  read(name: string, range: { readonly from: number; readonly length: number }): Promise<Uint8Array>
  /** Also resolves when it was not there. */
  remove(name: string): Promise<void>
  /** Of the file system it lies on. */
  space(): Promise<{ readonly freeBytes: number; readonly totalBytes: number }>
}
