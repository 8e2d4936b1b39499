// Speaking a text with espeak-ng into a file that is whole or not there. Runs another program: an errand.
import { spawn } from 'node:child_process'
import { createHash } from 'node:crypto'
import { lstat, readFile, rm } from 'node:fs/promises'
import { PbxError } from '../../kernel/errors.ts'
import { writeWhole } from './whole-file.ts'

export interface Speech {
  readonly text: string
  readonly language: string
  /** Named by what it says: what is there already is not made again. */
  readonly file: string
  /** How long espeak-ng may take. */
  readonly patienceMilliseconds?: number
}
/** A WAV file named by what it says, and the digest of its bytes. */
export interface SpokenText {
  readonly file: string
  readonly sha256: string
}

const LONGEST_TEXT = 2000
const PATIENCE_MILLISECONDS = 20_000
/** Slower than espeak-ng's own 175: halls have echo. */
export const WORDS_PER_MINUTE = 150

/** Throws PbxError `speech.text-too-long`, `speech.no-voice`. */
export async function speak({ text, file, ...how }: Speech): Promise<SpokenText> {
  if (text.length > LONGEST_TEXT)
    throw new PbxError('speech.text-too-long', `a spoken text may have ${LONGEST_TEXT} characters`, {
      fields: { text: `has ${text.length} characters: shorten it to ${LONGEST_TEXT}` },
    })
  const known = await spokenBefore(file)
  const wav = known ?? withTrueSizes(await espeak({ text, ...how }))
  if (known === undefined) await replace(file, wav)
  return { file, sha256: createHash('sha256').update(wav).digest('hex') }
}

/** What was spoken before, unless it was cut off or cannot be read: then it is spoken again, and only then replaced. */
async function spokenBefore(file: string): Promise<Buffer | undefined> {
  const wav = await readFile(file).catch(() => undefined)
  const isWhole = wav !== undefined && wav.length > 44 && wav.readUInt32LE(4) === wav.length - 8
  return isWhole && wav.toString('latin1', 0, 4) === 'RIFF' ? wav : undefined
}

/** A directory may lie under the name: no file can be renamed over it. A file is replaced in one step. */
async function replace(file: string, bytes: Buffer): Promise<void> {
  // What cannot be looked at is left to the rename, which says why.
  const lies = await lstat(file).catch(() => undefined)
  if (lies?.isDirectory()) await rm(file, { recursive: true, force: true })
  await writeWhole(file, bytes)
}

/** espeak-ng writes its WAV to a pipe and cannot go back to fill in the sizes. */
function withTrueSizes(wav: Buffer): Buffer {
  const data = wav.indexOf('data', 12, 'latin1')
  if (wav.toString('latin1', 0, 4) !== 'RIFF' || data < 0 || wav.length < data + 8 + 1600)
    throw unspoken('espeak-ng gave no sound')
  wav.writeUInt32LE(wav.length - 8, 4)
  wav.writeUInt32LE(wav.length - data - 8, data + 4)
  return wav
}

const REMEDY = 'upload a recording instead, or install espeak-ng with a voice for this language'

/** The remedy stands in the message too: a plan or message shows it long after the form was closed. */
const unspoken = (why: string) =>
  new PbxError('speech.no-voice', `the text could not be spoken: ${why}; ${REMEDY}`, {
    status: 500,
    fields: { text: REMEDY },
  })

function espeak({ text, language, patienceMilliseconds }: Omit<Speech, 'file'>): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const child = spawn('espeak-ng', ['--stdout', '-v', language, '-s', String(WORDS_PER_MINUTE), '--stdin'], {
      timeout: patienceMilliseconds ?? PATIENCE_MILLISECONDS,
      killSignal: 'SIGKILL',
    })
    const sound: Buffer[] = []
    let complaint = ''
    const failed = (why: string) => reject(unspoken(why))
    child.stdout.on('data', (chunk: Buffer) => sound.push(chunk))
    child.stderr.on('data', (chunk: Buffer) => (complaint = (complaint + chunk.toString()).slice(0, 500)))
    child.stdin.on('error', error => (complaint ||= error.message))
    child.on('error', (error: NodeJS.ErrnoException) =>
      failed(error.code === 'ENOENT' ? 'espeak-ng is not installed' : error.message),
    )
    child.on('close', (code, signal) => {
      if (code === 0) resolve(Buffer.concat(sound))
      else if (signal === 'SIGKILL') failed('espeak-ng hangs')
      else failed(complaint.trim() || `espeak-ng ended with ${code ?? signal}`)
    })
    child.stdin.end(text)
  })
}
