// English texts of call records.
export const words = {
  'call-records.title': 'Call records',
  'call-records.view': 'See who called whom, when and how it ended',
  'call-records.manage': 'Decide how long call records are kept',
  'call-records.cause': 'Outcome',
  'call-records.only-emergency': 'Emergency calls only',
  'call-records.none': 'Nobody has called yet. Every call is listed here, with how it ended.',
  'call-records.at': 'When',
  'call-records.from': 'From',
  'call-records.dialled': 'Dialled',
  'call-records.answered-by': 'Answered by',
  'call-records.length': 'Talked',
  'call-records.open': 'still on',
  'call-records.emergency': 'Emergency',
  'call-records.quality': 'How it sounded',
} as const
