// English texts of zones.
export const words = {
  'zones.empty': 'Nothing can be heard in the zone “{zone}”.',
  'zones.empty.remedy': 'Add phones, streams, amplifiers or locations to it.',
  'zones.no-amplifier': 'The zone “{zone}” names the amplifier “{amplifier}”, which this box does not have.',
  'zones.no-amplifier.remedy': 'Take it out of the zone, or enter it in the profile of the board.',
} as const
