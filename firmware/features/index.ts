// The product's table of contents: one line per feature, in the order a reader would want.
import type { Feature } from '../kernel/feature.ts'
import { roles } from './access/roles/feature.ts'
import { users } from './access/users/feature.ts'
import { musicOnHold } from './answering/music-on-hold/feature.ts'
import { ringGroups } from './answering/ring-groups/feature.ts'
import { schedules } from './answering/schedules/feature.ts'
import { board } from './appliance/board/feature.ts'
import { certificates } from './appliance/certificates/feature.ts'
import { health } from './appliance/health/feature.ts'
import { optionalFeatures } from './appliance/optional-features/feature.ts'
import { conference } from './calling/conference/feature.ts'
import { forwarding } from './calling/forwarding/feature.ts'
import { transfer } from './calling/transfer/feature.ts'
import { helpOutside } from './lines/help-outside/feature.ts'
import { inbound } from './lines/inbound/feature.ts'
import { outbound } from './lines/outbound/feature.ts'
import { trunks } from './lines/trunks/feature.ts'
import { callRecords } from './oversight/call-records/feature.ts'
import { liveCalls } from './oversight/live-calls/feature.ts'
import { quality } from './oversight/quality/feature.ts'
import { recording } from './oversight/recording/feature.ts'
import { bells } from './paging/bells/feature.ts'
import { messages } from './paging/messages/feature.ts'
import { multicastDoctor } from './paging/multicast-doctor/feature.ts'
import { paging } from './paging/paging/feature.ts'
import { zones } from './paging/zones/feature.ts'
import { devices } from './phones/devices/feature.ts'
import { extensions } from './phones/extensions/feature.ts'
import { lamps } from './phones/lamps/feature.ts'
import { lines } from './phones/lines/feature.ts'
import { moves } from './phones/moves/feature.ts'
import { provisioning } from './phones/provisioning/feature.ts'
import { registrar } from './phones/registrar/feature.ts'
import { subscriptions } from './phones/subscriptions/feature.ts'
import { locations } from './places/locations/feature.ts'
import { maps } from './places/maps/feature.ts'
import { networks } from './places/networks/feature.ts'
import { sites } from './places/sites/feature.ts'
import { alarms } from './safety/alarms/feature.ts'
import { drills } from './safety/drills/feature.ts'
import { emergencyCallBacks } from './safety/emergency-call-backs/feature.ts'
import { emergencyCalls } from './safety/emergency-calls/feature.ts'
import { notifications } from './safety/notifications/feature.ts'
import { panicButtons } from './safety/panic-buttons/feature.ts'

/** Every feature of the box. */
export const features: readonly Feature<never, unknown>[] = [
  optionalFeatures,
  // phones
  devices,
  lines,
  registrar,
  extensions,
  subscriptions,
  lamps,
  provisioning,
  moves,
  // lines
  trunks,
  inbound,
  outbound,
  // calling
  forwarding,
  transfer,
  conference,
  // answering
  ringGroups,
  musicOnHold,
  schedules,
  // places
  sites,
  locations,
  networks,
  // paging
  zones,
  paging,
  messages,
  bells,
  multicastDoctor,
  // safety
  notifications,
  panicButtons,
  alarms,
  drills,
  maps,
  // oversight
  callRecords,
  liveCalls,
  quality,
  recording,
  // access
  roles,
  users,
  // appliance
  board,
  certificates,
  health,
  // safety
  emergencyCalls,
  emergencyCallBacks,
  helpOutside,
]
