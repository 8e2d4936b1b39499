// English texts of panic buttons.
export const words = {
  'panic-buttons.cause': 'Button “{button}”, {place}',
  'panic-buttons.unassigned': 'Input {input}, which belongs to no button',
  'panic-buttons.fault': 'The button “{button}” at {place} may not work: {fault} at its input {input}.',
  'panic-buttons.fault.remedy':
    'Until it is mended, raise alarms there by phone or screen. Check the wire from the button to {input} and its contacts, then test the button.',
  'panic-buttons.stuck':
    'The button “{button}” at {place} has been pressed since {since} (input {input}): nobody can call for help with it again.',
  'panic-buttons.stuck.remedy':
    'Go there. Where nobody needs help, pull or turn the button back until its contact is at rest, then test it. Until then, raise alarms there by phone or screen.',
  'panic-buttons.chattering':
    'The button “{button}” at {place} chatters (input {input}): it gives more presses than a hand can. They count as one a second.',
  'panic-buttons.chattering.remedy':
    'Look whether somebody needs help there, then check the wire from the button to {input}, its clamps and its contacts, and test the button. It calls for help still, also when nobody presses it.',
  'panic-buttons.contact.stuck': 'pressed since {when}',
  'panic-buttons.contact.chatters': 'chatters',
  'panic-buttons.no-input': 'The button “{button}” at {place} is wired to {input}, which this box does not have.',
  'panic-buttons.no-input.remedy': 'Choose an input that the board has.',
  'panic-buttons.no-lamp': 'The lamp of the button “{button}” at {place} is {lamp}, which this box does not have.',
  'panic-buttons.no-lamp.remedy': 'Choose an output that the board has, or none.',
  'panic-buttons.test-due': 'The button “{button}” at {place} was not tested for {days} days.',
  'panic-buttons.never-tested': 'The button “{button}” at {place} was never tested.',
  'panic-buttons.tests-due': '{count} panic buttons are due for a test.',
  'panic-buttons.test-due.remedy': 'Announce a test, press the button, give the all-clear, then mark it as tested.',
  'panic-buttons.title': 'Button tests',
  'panic-buttons.none':
    'There are no buttons yet. Add them under Panic buttons, each with its place, its plan and its input.',
  'panic-buttons.column.button': 'Button',
  'panic-buttons.column.contacts': 'Contacts',
  'panic-buttons.column.pressed': 'Last press',
  'panic-buttons.column.tested': 'Last test',
  'panic-buttons.let-go': 'let go after {seconds} s, {when}: no press',
  'panic-buttons.never': 'never',
  'panic-buttons.history': 'Tests so far',
  'panic-buttons.history.none':
    'No button was tested yet. A test that is marked above is listed here for the inspector.',
  'panic-buttons.marked-at': 'Recorded',
  'panic-buttons.pressed-at': 'Pressed',
  'panic-buttons.marked-by': 'By',
  'panic-buttons.mark': 'The last press was its test',
  'panic-buttons.marked': 'The test of {button} is recorded',
  'panic-buttons.lamp-test': 'Test strobes and lamps',
  'panic-buttons.lamp-test.how':
    'Lights every strobe and every lamp for ten seconds, relays not. It is refused while an alarm lives, and ends at once when a button is pressed. Tell the people there before.',
  'panic-buttons.lamp-test.lit': 'Strobes and lamps are lit for ten seconds: look which are not',
  'panic-buttons.in-alarm': 'in an alarm',
  'panic-buttons.how': 'Press a button on site, take care of its alarm, then mark the press as its test.',
} as const
