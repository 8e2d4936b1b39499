// English texts of notices.
export const words = {
  'notifications.action': 'Notify',
  'notifications.default': '{cause}',
  'notifications.drill': 'DRILL: ',
  'notifications.missed': '“{recipient}” did not get the notice “{text}”: {why}.',
  'notifications.missed.remedy': 'Tell them by other means, and look at their phone.',
  'notifications.caller': 'Plant alarm',
  'notifications.subject': 'Plant: ',
  'notifications.press-1': 'Press 1 to say that you know.',
  'notifications.fallback':
    'This is the telephone system of the plant. There is an alarm or a call for help. Look at the screens.',
} as const
