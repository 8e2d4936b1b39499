// English texts of subscriptions.
export const words = {
  'subscriptions.view': 'See which phones watch whom',
  'subscriptions.manage': 'Change who may watch whom',
  'subscriptions.watch': 'Let a phone watch extensions of another site',
  'subscriptions.not-found':
    'A key of the phone of line “{line}” watches “{target}”, which is no extension: its lamp stays dark.',
  'subscriptions.not-found.remedy': 'Correct the number at the phone’s key, or give an extension this number.',
  'subscriptions.forbidden':
    'The phone of line “{line}” may not watch “{target}”, which is at another site: its lamp stays dark.',
  'subscriptions.forbidden.remedy':
    'Correct the number at the phone’s key, or let phones watch everywhere (Settings → Lamps now).',
  'subscriptions.title': 'Lamps now',
  'subscriptions.intro':
    'Phones that watch extensions: their lamps show who rings and who talks, and a call that rings there can be taken from here.',
  'subscriptions.none': 'No phone watches anything. Give a key of a phone the function “BLF” and the number to watch.',
  'subscriptions.counts': '{count} lamps on {phones} phones',
  'subscriptions.column.watcher': 'Phone',
  'subscriptions.column.package': 'What',
  'subscriptions.column.target': 'Watches',
  'subscriptions.column.address': 'Address',
  'subscriptions.column.agent': 'Phone says it is',
  'subscriptions.column.until': 'Until',
  'subscriptions.package.dialog': 'calls',
  'subscriptions.package.presence': 'presence',
  'subscriptions.package.message-summary': 'messages',
  'subscriptions.package.reg': 'registration',
  'subscriptions.package.ua-profile': 'its settings',
  'subscriptions.unseen': '{count} more match: narrow the search.',
} as const
