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
  'panic-buttons.destination': 'Panic button that calls',
  'panic-buttons.confirmed': 'Your alarm was raised. Help is called.',
  'panic-buttons.silent':
    'The button “{button}” at {place} has not reported itself for {minutes} minutes: it may not be able to call for help.',
  'panic-buttons.silent.remedy':
    'Until it reports again, raise alarms there by phone or screen. Look at its power, its network, and the address in its settings; then press it for a test.',
  'panic-buttons.refused': 'The button “{button}” at {place} was refused and cannot call for help: {why}.',
  'panic-buttons.refused.remedy':
    'Enter its address and key in the device again, or make a new key under Button tests; then press it for a test.',
  'panic-buttons.why.wrong-key': 'its key is not right',
  'panic-buttons.why.unreadable': 'what it sends cannot be read',
  'panic-buttons.why.unknown-event': 'it sends an event that is not known',
  'panic-buttons.no-key': 'The button “{button}” at {place} has no key: it cannot call for help.',
  'panic-buttons.no-key.remedy': 'Make a key under Button tests and enter its address in the device.',
  'panic-buttons.unregistered':
    'The SIP button “{button}” at {place} is not registered: it may not be able to call for help.',
  'panic-buttons.unregistered.remedy':
    'Until it is back, raise alarms there by phone or screen. Look at its power and network, and at its line; then press it for a test.',
  'panic-buttons.way.device': 'calls',
  'panic-buttons.heard': 'reported itself {when}',
  'panic-buttons.not-heard': 'has not reported itself yet',
  'panic-buttons.key.make': 'Make a key',
  'panic-buttons.key.new': 'New key',
  'panic-buttons.key.title': 'Address and key of {button}',
  'panic-buttons.key.once': 'Copy it into the device now: it is shown this once. The former key is not taken any more.',
  'panic-buttons.key.address': 'Address with key',
  'panic-buttons.key.key': 'Key alone, as password, bearer token or header x-api-key',
  'panic-buttons.test-due': 'The button “{button}” at {place} was not tested for {days} days.',
  'panic-buttons.never-tested': 'The button “{button}” at {place} was never tested.',
  'panic-buttons.tests-due': '{count} panic buttons are due for a test.',
  'panic-buttons.test-due.remedy':
    'Announce a test under Button tests, press the button, give the all-clear, then mark it as tested.',
  'panic-buttons.failed': 'The button “{button}” at {place} failed its test: it may not be able to call for help.',
  'panic-buttons.failed.remedy':
    'Until it is mended, raise alarms there by phone or screen. Mend it, announce a test, press it, and mark that it worked.',
  'panic-buttons.turns': 'Whose turn it is',
  'panic-buttons.turns.how':
    'At each site the button that was not tested for the longest time; never the same one twice running.',
  'panic-buttons.column.site': 'Site',
  'panic-buttons.column.place': 'Place',
  'panic-buttons.column.owner': 'Owner',
  'panic-buttons.column.due': 'Due',
  'panic-buttons.due-now': 'now: never tested',
  'panic-buttons.announce': 'Announce a test',
  'panic-buttons.announced': 'Test announced by {by} until {until}: press it now.',
  'panic-buttons.mark-failed': 'It did not work',
  'panic-buttons.outcome': 'Outcome',
  'panic-buttons.outcome.worked': 'worked',
  'panic-buttons.outcome.failed': 'did not work',
  'panic-buttons.steps': 'Steps carried out',
  'panic-buttons.how-tested': 'Within',
  'panic-buttons.how-tested.window': 'an announced test',
  'panic-buttons.how-tested.drill': 'a drill',
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
  'panic-buttons.how':
    'Announce the test of a button, press it on site, take care of its alarm, which is as real as any, then mark the press as its test. A press that was not announced is a real alarm and no test.',
} as const
