// A test that failed over real phones is asked once more, alone: machines stumble, and what stumbles is named either way.
// Never the safety path, never many, and never on a machine's own word: both runs are told.

/** What must hold the first time: tests of whatever stands between a press or a 911 call and its effect. */
const SAFETY = [
  'hw-tests/witness/',
  'hw-tests/emergency/',
  'hw-tests/survival/',
  'hw-tests/trunks/carrier',
  'hw-tests/web/tour',
  ...['revive', 'crash', 'udp'].map(name => `native/pjsip-binding/test/${name}`),
]
/** More than that is no stumble. */
export const MOST_ASKED_AGAIN = 2

export interface AskedAgain {
  readonly file: string
  readonly titles: readonly string[]
}

/**
 * The files to run again, each with its tests that failed; empty when the run stands as it is: too much failed, a test of
 * the safety path did, or something that is no test of these files.
 */
export function toAskAgain(failed: readonly string[], files: readonly string[]): readonly AskedAgain[] {
  if (failed.length > MOST_ASKED_AGAIN) return []
  const byFile = new Map<string, string[]>()
  for (const title of failed) {
    const file = fileOf(title, files)
    if (file === undefined || SAFETY.some(beginning => file.startsWith(beginning))) return []
    byFile.set(file, [...(byFile.get(file) ?? []), title])
  }
  return [...byFile].map(([file, titles]) => ({ file, titles }))
}

/** Ava's titles begin with the folders below what all files of a run share, and the file's name. */
function fileOf(title: string, files: readonly string[]): string | undefined {
  const fits = files.flatMap(file => {
    const path = file.replace(/\.test\.ts$/, '').split('/')
    const at = path.findIndex((_, from) => title.startsWith(`${path.slice(from).join(' › ')} › `))
    return at < 0 ? [] : [{ file, told: path.length - at }]
  })
  return fits.sort((a, b) => b.told - a.told)[0]?.file
}
