// English texts of drills.
export const words = {
  'drills.cause': 'Drill, started by {who}',
  'drills.note': 'Drill, started by {who}: {note}',
  'drills.long': 'The drill “{plan}” has been going on for {minutes} minutes.',
  'drills.long.remedy': 'End it, so that everybody knows that the next alarm is real.',
} as const
