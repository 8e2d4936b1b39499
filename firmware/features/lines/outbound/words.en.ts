// English texts of outbound rules and calling rights.
export const words = {
  'outbound.destination': 'Outside number',
  'outbound.view': 'See outbound rules and calling rights',
  'outbound.manage': 'Change outbound rules and calling rights',
  'outbound.label': '{number} outside, by rule “{rule}” over {trunks}',
  'outbound.any-trunk': 'any trunk',
  'outbound.none': 'Trunk “{trunk}” could carry calls out, but there is no outbound rule: nobody can call outside.',
  'outbound.none.remedy': 'Add an outbound rule.',
  'outbound.no-trunk': 'Outbound rule “{rule}” has no trunk in service: its calls fail.',
  'outbound.no-trunk.remedy': 'Add a trunk, put one in service, or delete the rule.',
} as const
