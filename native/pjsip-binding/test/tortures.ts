// RFC 4475's messages as text: seeds of damage.
import { readdirSync, readFileSync } from 'node:fs'

const folder = new URL('./rfc4475/', import.meta.url)

export const tortures: readonly string[] = readdirSync(folder).flatMap(name =>
  name.endsWith('.dat') ? [readFileSync(new URL(name, folder), 'latin1')] : [],
)
