// English texts of forwarding.
export const words = {
  'forwarding.view': 'See where calls are forwarded',
  'forwarding.manage': 'Change forwarding rules, and switch forwards of any extension',
  'forwarding.switch': 'Switch the forwards of the own extension',
  'forwarding.nowhere': 'Extension {number} ({name}) is forwarded to {to}, a number that nobody has.',
  'forwarding.nowhere.remedy':
    'Switch this forward to another number, or off; until then the phones of the extension ring.',
  'forwarding.title': 'Forwards',
  'forwarding.intro':
    'What people have switched at their extensions. It holds at once and is no change of the settings.',
  'forwarding.extension': 'Extension',
  'forwarding.when': 'When',
  'forwarding.to': 'To',
  'forwarding.by': 'Switched by',
  'forwarding.off': 'not forwarded',
  'forwarding.none': 'Nobody has switched a forward: the forwarding rules hold everywhere.',
  'forwarding.now': 'Switched now',
  'forwarding.history': 'Who switched what',
  'forwarding.history.none': 'Nobody has switched a forward yet.',
  'forwarding.at': 'Switched at',
  'forwarding.as-rule': 'taken back, the rule holds',
  'forwarding.set': 'Switch',
  'forwarding.clear': 'Take back',
  'forwarding.when.always': 'Always',
  'forwarding.when.busy': 'When busy',
  'forwarding.when.no-answer': 'When nobody answers',
  'forwarding.when.unregistered': 'When no phone is registered',
} as const
