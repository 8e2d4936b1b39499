// English texts of phones that have another address.
export const words = {
  'moves.title': 'Moved phones',
  'moves.view': 'See where phones stood',
  'moves.manage': 'Say that a phone stands where it stood',
  'moves.unconfirmed':
    '“{device}” has another address, {address}, and nobody said where it stands: a call for help from it would name “{place}”.',
  'moves.unconfirmed.elsewhere':
    '“{device}” was carried to network “{network}” ({address}), and nobody said where it stands: a call for help from it would name “{place}”.',
  'moves.unconfirmed.remedy':
    'Look where it stands. If it is still there, say so under “Moved phones”; else set its location at the device.',
  'moves.unconfirmed.many':
    '{count} phones have another address, and nobody said where they stand: calls for help from them name their former places.',
  'moves.unconfirmed.many.remedy':
    'Go through “Moved phones”. If your DHCP server gives out other addresses at will, have it keep them, or give networks a location.',
  'moves.none': 'Every phone stands where somebody said that it stands.',
  'moves.device': 'Phone',
  'moves.address': 'Address',
  'moves.was': 'Before',
  'moves.place': 'Place in a call for help',
  'moves.at': 'When',
  'moves.by': 'Confirmed by',
  'moves.confirm': 'Stands where it stood',
  'moves.history': 'Where phones stood',
  'moves.history.none': 'No phone has registered yet.',
} as const
