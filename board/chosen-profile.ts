// Which profile is in force: the box's own or the one named, else the copy that the board kept of it, else the one that
// comes with the product. A box whose profile is damaged starts, drives what it can, and says so.
//
// INVARIANTS
// - The copy is only ever made of a profile that was read whole; while a copy is in force, no copy is touched.
import { createHash } from 'node:crypto'
import { lstatSync, readFileSync } from 'node:fs'
import type { BoardClock } from './clock.ts'
import { type Disk, PREVIOUS } from './disk.ts'
import type { Problems } from './problems.ts'
import { type ProfileFile, readProfile } from './profile.ts'

/** Name of the copy in the board's directory. It is there twice, the second one as `.previous`. */
export const KEPT = 'profile.kept'
const RETRY_AFTER = 1000

/** The code under which it is a problem that another profile than the wanted one is in force. */
export const PROFILE_PROBLEM = 'board.profile'

export interface ProfilePaths {
  /** The one that the command line names; a mistake in it, before any copy of it was made, is the person's at the terminal. */
  readonly named: string | undefined
  /** The box's own, `board/profile.json` below its data. */
  readonly own: string
  /** The simulated board that comes with the product. */
  readonly builtIn: string
  /** The copy's, without `.previous`. */
  readonly kept: string
}

export interface ChosenProfile {
  readonly profile: ProfileFile
  /** What is wrong with the wanted one, when another is in force. */
  readonly problem?: string
  /** To be kept as the copy: content of {@link KEPT}. */
  readonly copy?: string
}

/** Throws when a named profile is wrong and there is no copy of it: a sentence that names the field. */
export function chooseProfile(o: ProfilePaths): ChosenProfile {
  const wanted = o.named ?? o.own
  const of = o.named ?? 'own'
  const copies = [o.kept, `${o.kept}${PREVIOUS}`]
  const there = isThere(wanted)
  const builtIn = () => readProfile(readFileSync(o.builtIn, 'utf8'))
  // Neither a profile nor a trace of one: a box without terminals of its own.
  if (!there && o.named === undefined && !copies.some(isThere)) return { profile: builtIn() }
  let why = 'it is missing'
  if (there || o.named !== undefined) {
    const found = attempt(() => readWhole(wanted))
    if (found.value !== undefined) return { profile: found.value.profile, copy: copyOf(of, found.value.json) }
    why = found.why
  }
  const kept = copies.map(file => attempt(() => readCopy(file)).value).filter(one => one !== undefined)
  const copy = kept.find(one => one.of === of)
  if (copy !== undefined)
    return {
      profile: copy.profile,
      problem: `The board's profile ${wanted} cannot be used: ${why}. The board drives its terminals by the copy that it kept.`,
    }
  if (o.named !== undefined) throw new Error(`${wanted}: ${why}`)
  // The copy is of a profile that was named at another start: this start asked for none.
  if (!there && kept.length > 0) return { profile: builtIn() }
  return {
    profile: builtIn(),
    problem: `The board's profile ${wanted} cannot be used: ${why}; nor can a copy. A simulated board stands in for it: BUTTONS, STROBES AND AMPLIFIERS THAT ARE WIRED TO THIS BOX DO NOTHING.`,
  }
}

/** Keeps the copy twice; what the disk refuses is a problem, and tried again. Resolves when both are durable. */
export async function keepCopy(copy: string, o: { disk: Disk; clock: BoardClock; problems: Problems }): Promise<void> {
  while (!(await isCopied(copy, o))) await new Promise<void>(resolve => void o.clock.after(RETRY_AFTER, resolve))
}

async function isCopied(copy: string, o: { disk: Disk; problems: Problems }): Promise<boolean> {
  const isKept = async (name: string) => (await o.disk.read(name).catch(() => undefined))?.toString('utf8') === copy
  const areBoth = async () => (await isKept(KEPT)) && (await isKept(`${KEPT}${PREVIOUS}`))
  try {
    // Each writing makes the present one the previous one: after two of them both are this.
    for (let written = 0; written < 2 && !(await areBoth()); written++) await o.disk.replace(KEPT, copy)
    if (!(await areBoth())) throw new Error('it reads back otherwise than it was written')
    o.problems.solve('board.profile-not-kept')
    return true
  } catch (error) {
    const told = `The copy of the board's profile cannot be kept (${reason(error)}): were the profile damaged, nothing would stand in for it.`
    o.problems.raise('board.profile-not-kept', told)
    return false
  }
}

const readWhole = (file: string) => {
  const json = readFileSync(file, 'utf8')
  return { json, profile: readProfile(json) }
}

/** Checksum of the rest, whose copy it is, and the profile as it was written. */
function copyOf(of: string, profile: string): string {
  const told = `${of}\n${profile}`
  return `${sumOf(told)}\n${told}`
}

function readCopy(file: string): { readonly of: string; readonly profile: ProfileFile } {
  const kept = readFileSync(file, 'utf8')
  const told = kept.slice(65)
  if (sumOf(told) !== kept.slice(0, 64)) throw new Error('its checksum is wrong')
  const end = told.indexOf('\n')
  return { of: told.slice(0, end), profile: readProfile(told.slice(end + 1)) }
}

const sumOf = (told: string) => createHash('sha256').update(told).digest('hex')

/** A link in a circle, a directory and what the disk does not tell are there too: something was. */
function isThere(file: string): boolean {
  try {
    return lstatSync(file, { throwIfNoEntry: false }) !== undefined
  } catch {
    // Reading it will say why.
    return true
  }
}

function attempt<T>(read: () => T): { readonly value?: T; readonly why: string } {
  try {
    return { value: read(), why: '' }
  } catch (error) {
    return { why: reason(error) }
  }
}

const reason = (error: unknown) => (error instanceof Error ? error.message : String(error))
