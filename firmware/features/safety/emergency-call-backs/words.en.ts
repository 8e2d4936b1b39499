// English texts of calls back.
export const words = {
  'emergency-call-backs.manage': 'Decide which numbers are shown outside with calls for help',
  'emergency-call-backs.exhausted':
    'All numbers of “{pool}” were lent: {number} was taken from the phone of {from}, which is no longer reached from outside.',
  'emergency-call-backs.exhausted.remedy': 'Enter more numbers there; ask the carrier for them.',
  'emergency-call-backs.title': 'Call back after a call for help',
} as const
