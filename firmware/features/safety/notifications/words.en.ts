// English texts of notices.
export const words = {
  'notifications.action': 'Notify',
  'notifications.default': '{cause}',
  'notifications.drill': 'DRILL: ',
  'notifications.missed': '“{recipient}” did not get the notice “{text}”: {why}.',
  'notifications.missed.remedy': 'Tell them by other means, and look at their phone.',
} as const
