// Preloaded by the processes that run for years: hands the engine each TypeScript module without its types, made once and
// kept by its content. The engine's own stripper would stay in memory for good (33 MB) and make every start 0.3 s longer.
// This one file is not TypeScript itself: to read it would load that stripper.
import { createHash } from 'node:crypto'
import { mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs'
import { registerHooks, stripTypeScriptTypes } from 'node:module'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const made = join(import.meta.dirname, '../.tools/typeless', process.version)

registerHooks({
  load(url, context, next) {
    if (!url.startsWith('file:') || !url.endsWith('.ts')) return next(url, context)
    return { format: 'module', source: typeless(readFileSync(fileURLToPath(url), 'utf8')), shortCircuit: true }
  },
})

/**
 * The module without its types; lines and columns stay as in the source.
 * @param {string} source
 */
function typeless(source) {
  const file = join(made, sumOf(source))
  const known = read(file)
  if (known !== undefined) return known
  const text = stripTypeScriptTypes(source)
  keep(file, text)
  return text
}

/**
 * What was kept, if it is whole: after a power cut a file may be there and empty.
 * @param {string} file
 */
function read(file) {
  try {
    const kept = readFileSync(file, 'utf8')
    const end = kept.lastIndexOf('\n//')
    const text = kept.slice(0, Math.max(0, end))
    return kept.slice(end + 3) === sumOf(text) ? text : undefined
  } catch {
    // Not made yet, or not to be read: it is made again from its source.
    return undefined
  }
}

/**
 * @param {string} file
 * @param {string} text
 */
function keep(file, text) {
  try {
    mkdirSync(made, { recursive: true })
    const fresh = `${file}.${process.pid}`
    writeFileSync(fresh, `${text}\n//${sumOf(text)}`)
    renameSync(fresh, file)
  } catch {
    // A folder that is not ours to write costs memory and a moment at the next start, nothing else.
  }
}

/** @param {string} text */
const sumOf = text => createHash('sha1').update(text).digest('hex')
