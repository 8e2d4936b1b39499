// English texts of zones.
export const words = {
  'zones.empty': 'Nothing can be heard in the zone “{zone}”.',
  'zones.empty.remedy': 'Add phones, streams, amplifiers or locations to it.',
  'zones.no-amplifier': 'The zone “{zone}” names the amplifier “{amplifier}”, which this box does not have.',
  'zones.no-amplifier.remedy': 'Take it out of the zone, or enter it in the profile of the board.',
  'zones.no-network':
    'The stream “{stream}” leaves by the network “{network}”, which this box does not have: nobody hears it there.',
  'zones.no-network.remedy': 'Bring that network up again, or choose another one in the stream.',
  'zones.no-cable':
    'The stream “{stream}” leaves by the network “{network}”, which has no cable: nobody hears it there.',
  'zones.no-cable.remedy': 'Look at the cable and at the switch that it leads to.',
} as const
