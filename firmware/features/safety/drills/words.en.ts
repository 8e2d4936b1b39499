// English texts of drills.
export const words = {
  'drills.cause': 'Drill, started by {who}',
  'drills.note': 'Drill, started by {who}: {note}',
  'drills.alarm-lives':
    'no drill is started while the alarm “{plan}” is live ({cause}): give its all-clear first, when the danger is over',
  'drills.long': 'The drill “{plan}” has been going on for {minutes} minutes.',
  'drills.long.remedy': 'End it, so that everybody knows that the next alarm is real.',
} as const
