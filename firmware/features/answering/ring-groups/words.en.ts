// English texts of ring groups.
export const words = {
  'ring-groups.destination': 'Ring group',
  'ring-groups.view': 'See ring groups',
  'ring-groups.manage': 'Change ring groups',
  'ring-groups.empty': 'Ring group {name} ({number}) has no members: it rings nobody.',
  'ring-groups.empty.remedy': 'Add members, or delete the group.',
  'ring-groups.no-phone': 'No member of ring group {name} ({number}) has a phone that is registered.',
  'ring-groups.no-phone.remedy': 'Look at the phones of its members, or add members who have one.',
} as const
