// English texts of networks.
export const words = {
  'networks.overlap': 'The networks “{one}” and “{other}” both claim {prefix}.',
  'networks.overlap.remedy': 'Give each range to one network, or a place may be told wrong in an emergency.',
  'networks.none': 'No network is described: stations that are not registered must give a password to call for help.',
  'networks.none.remedy': 'Add the address range of the phones as a network.',
} as const
