// The numbers that mean "send help", by country. Nothing else may own, prefix, rewrite or block them.

/** What a country's people dial for help, and what they dial to try it out. */
export interface EmergencyNumbers {
  readonly help: readonly string[]
  /** Answered by the box itself with the place it would convey. */
  readonly test: readonly string[]
}

/**
 * North America: 47 CFR 9.16(a)(1) wants 911 without a prefix; 9911 is what people dial who are used to a 9 for an outside
 * line; 933 is the test number that carriers offer for 911.
 */
const NORTH_AMERICA: EmergencyNumbers = { help: ['911', '9911'], test: ['933'] }

/** ITU-T E.161.1 knows two numbers for countries without one of their own; 112 works on every mobile phone too. */
const ELSEWHERE: EmergencyNumbers = { help: ['112', '911'], test: [] }

const BY_COUNTRY: Readonly<Record<string, EmergencyNumbers>> = {
  US: NORTH_AMERICA,
  CA: NORTH_AMERICA,
  MX: { help: ['911', '9911'], test: [] },
  GB: { help: ['999', '112'], test: [] },
  IE: { help: ['999', '112'], test: [] },
  DE: { help: ['112', '110'], test: [] },
  AT: { help: ['112', '122', '133', '144'], test: [] },
  CH: { help: ['112', '117', '118', '144'], test: [] },
  FR: { help: ['112', '15', '17', '18'], test: [] },
  IT: { help: ['112'], test: [] },
  ES: { help: ['112'], test: [] },
  PL: { help: ['112', '997', '998', '999'], test: [] },
  CZ: { help: ['112', '150', '155', '158'], test: [] },
  SK: { help: ['112', '150', '155', '158'], test: [] },
  HU: { help: ['112'], test: [] },
  RO: { help: ['112'], test: [] },
  BR: { help: ['190', '192', '193'], test: [] },
  AU: { help: ['000', '112'], test: [] },
  JP: { help: ['110', '119'], test: [] },
  KR: { help: ['112', '119'], test: [] },
  CN: { help: ['110', '119', '120'], test: [] },
  IN: { help: ['112'], test: [] },
  ZA: { help: ['112', '10111', '10177'], test: [] },
}

/** The numbers of a country (ISO 3166, two letters). */
export const emergencyNumbersOf = (country: string): EmergencyNumbers => BY_COUNTRY[country] ?? ELSEWHERE

/** All numbers of these countries, each once. */
export function emergencyNumbers(countries: readonly string[]): EmergencyNumbers {
  const all = countries.map(emergencyNumbersOf)
  const once = (numbers: readonly string[]) => [...new Set(numbers)]
  return { help: once(all.flatMap(numbers => numbers.help)), test: once(all.flatMap(numbers => numbers.test)) }
}

/** A number as people dial it for help, and as it is sent to the public emergency services. */
export interface HelpNumber {
  readonly dialled: string
  readonly sent: string
}

/** What is sent to the public emergency services: without the 9 that people dial for an outside line. */
export const withoutPrefix = (dialled: string): string => (dialled === '9911' ? '911' : dialled)
