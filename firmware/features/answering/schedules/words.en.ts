// English texts of schedules.
export const words = {
  'schedules.title': 'Open or closed',
  'schedules.view': 'See schedules and what holds now',
  'schedules.manage': 'Change schedules and calendars',
  'schedules.override': 'Say for now what a schedule comes to',
  'schedules.none':
    'There is no schedule. Inbound numbers can send calls elsewhere by one: outside business hours, by shift, on holidays.',
  'schedules.add': 'Add a schedule',
  'schedules.column.schedule': 'Schedule',
  'schedules.column.now': 'Now',
  'schedules.column.why': 'Why',
  'schedules.column.set': 'Set by hand',
  'schedules.by.day': 'a day of a calendar',
  'schedules.by.hours': 'its hours',
  'schedules.by.otherwise': 'no hours fit',
  'schedules.by.hand': 'set by hand: {who}, {when}',
  'schedules.clock': 'By the clock again',
  'schedules.overridden': 'Schedule “{name}” was set to “{word}” by {who} and stays so.',
  'schedules.overridden.remedy': 'Let it go by the clock again when that is over.',
} as const
