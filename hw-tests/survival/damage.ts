// What disks, power cuts and clumsy hands do to a file: cut off, flipped bits, emptied, a directory in its place, no way to read it.
import { mkdirSync, readFileSync, rmSync, symlinkSync, truncateSync, writeFileSync } from 'node:fs'
import { basename } from 'node:path'
import { seededRandom } from '../witness/seeded-random.ts'

export const DAMAGES = ['cut off', 'with flipped bits', 'emptied', 'a directory', 'unreadable'] as const
export type Damage = (typeof DAMAGES)[number]

const FLIPPED_BITS = 12

/** Damages one file; where it is cut and which bits flip follows from the seed and its name. */
export function damage(file: string, kind: Damage, seed: number): void {
  const random = seededRandom([...basename(file)].reduce((sum, letter) => sum * 31 + letter.charCodeAt(0), seed) >>> 0)
  const bytes = readFileSync(file)
  switch (kind) {
    case 'cut off':
      truncateSync(file, Math.floor(random() * bytes.length))
      return
    case 'with flipped bits':
      for (let n = 0; n < FLIPPED_BITS && bytes.length > 0; n += 1) {
        const at = Math.floor(random() * bytes.length)
        bytes[at] = (bytes[at] ?? 0) ^ (1 << Math.floor(random() * 8))
      }
      writeFileSync(file, bytes)
      return
    case 'emptied':
      truncateSync(file, 0)
      return
    case 'a directory':
      rmSync(file)
      mkdirSync(file)
      return
    case 'unreadable':
      // Permissions do not stop root; a link to itself cannot be opened by anybody.
      rmSync(file)
      symlinkSync(basename(file), file)
  }
}
