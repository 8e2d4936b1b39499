// What is wrong with the board, in its own words, on the health page: how grave it is, and what to do.
import type { Problem } from '../../kernel/feature.ts'

type Told = Pick<Problem, 'severity' | 'remedy'>

const DISK = 'Look at the disk of the box: whether it is full or failing. The board tries again by itself.'

/** By code, up to its first colon: what follows names the part. What the board of another version adds is told with its words and the general remedy. */
const KNOWN: Readonly<Record<string, Told>> = {
  'board.profile': {
    severity: 'danger',
    remedy:
      'Put a whole profile back from a backup or mend the field that is named, start the board again, and press every button as a test. For the simulated board for good, delete board/profile.json and board/profile.kept* below the data.',
  },
  'board.profile-not-kept': { severity: 'serious', remedy: DISK },
  'board.driver': {
    severity: 'danger',
    remedy:
      'Look at the cables, and whether the lines that the profile names are there. The board tries again every second.',
  },
  'board.lines': {
    severity: 'danger',
    remedy:
      'Look at the chip: its plug, its cable, its supply, and whether gpioinfo lists it. The board takes its lines again every second; press the buttons on it as a test when it is back.',
  },
  'board.amplifier': {
    severity: 'danger',
    remedy:
      'Look at the amplifier, its supply, its loudspeaker lines and the contact that tells of faults. It ends by itself when the contact closes.',
  },
  'board.bus': {
    severity: 'danger',
    remedy:
      'Look at the serial adapter, its cable and its supply, and whether the path in the profile is right. The board tries again every second.',
  },
  'board.protocol': { severity: 'danger', remedy: 'Update board and supervisor together, then start both again.' },
  'board.journal-failed': { severity: 'serious', remedy: DISK },
  'board.journal-stuck': { severity: 'serious', remedy: DISK },
  'board.journal-unreadable': { severity: 'serious', remedy: DISK },
  'board.table-not-kept': { severity: 'serious', remedy: DISK },
  'board.messages-not-kept': { severity: 'serious', remedy: DISK },
  'board.memory-file': {
    severity: 'serious',
    remedy: 'Look at the memory directory of the box (--run): whether it is full, and whom it belongs to.',
  },
  'board.audio-ports-not-kept': {
    severity: 'info',
    remedy: 'Look at the memory directory of the box (--run): whether it is full, and whom it belongs to.',
  },
  'board.journal-damaged': {
    severity: 'serious',
    remedy:
      'Look into the alarm history whether a press of the time before is missing, and at the disk. It ends with the next start of the board.',
  },
  'board.table-unreadable': {
    severity: 'serious',
    remedy:
      'Nothing while the supervisor runs: it has told the board its table again. Look at the disk. It ends with the next start of the board.',
  },
}

const GENERAL: Told = {
  severity: 'serious',
  remedy: 'Look at the page of the board and at its log. Where it stays, start the board again.',
}

/** The board's own problems as those of the box. */
export function boardProblems(told: readonly { readonly code: string; readonly text: string }[]): readonly Problem[] {
  return told.map(({ code, text }) => ({
    code,
    text,
    ...(KNOWN[code.split(':')[0] ?? code] ?? GENERAL),
    link: '/board',
  }))
}
