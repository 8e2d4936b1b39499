// English texts of calls back.
export const words = {
  'emergency-call-backs.title': 'Call back after a call for help',
} as const
