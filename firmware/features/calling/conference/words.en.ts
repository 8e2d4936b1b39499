// English texts of conferences.
export const words = {
  'conference.destination': 'Conference',
  'conference.view': 'See conferences and who is in them',
  'conference.manage': 'Change conferences',
  'conference.ask-pin': 'Please enter the PIN of the conference.',
  'conference.wrong-pin': 'That was not the PIN.',
  'conference.full': 'This conference is full.',
  'conference.digits': 'The PIN of conference {name} ({number}) cannot be typed on a phone: nobody can enter.',
  'conference.digits.remedy': 'Set a PIN of three to twelve digits.',
} as const
