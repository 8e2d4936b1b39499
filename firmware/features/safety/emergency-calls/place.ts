// Where an emergency call comes from, in the words that are shown, spoken and conveyed. Frozen with the call's record.
import type { Party } from '../../../kernel/call/call.types.ts'
import type { Locations } from '../../places/locations/feature.ts'
import { words } from './words.en.ts'

/** What is told about a call for help: 47 CFR 9.3 wants the fact, a call-back number and the location conveyed. */
export interface Conveyed {
  readonly caller: string
  readonly callBack: string
  /** The way inside: `Hall 3 / Line 2`. */
  readonly place: string
  /** Street address of the site or building. */
  readonly address: string
  /** How the place is known. */
  readonly source: 'location' | 'site' | 'unknown'
}

/** Never throws: a call for help goes on whatever is wrong with what is known about places. */
export function conveyedOf(party: Party, locations: Pick<Locations, 'path' | 'civicAddress'>): Conveyed {
  const caller = `${party.name} ${party.number}`.trim()
  const unknown = { caller, callBack: party.number, place: words['emergency-calls.unknown-place'], address: '' }
  const { location, site } = party
  try {
    const address = locations.civicAddress({
      ...(location !== undefined && { location }),
      ...(site !== undefined && { site }),
    }).street
    const path = locations.path(location)
    if (path !== '') return { ...unknown, place: path, address, source: 'location' }
    return { ...unknown, address, source: address === '' ? 'unknown' : 'site' }
  } catch {
    // The caller is connected in any case; that the place could not be found out is told with the call.
    return { ...unknown, source: 'unknown' }
  }
}
