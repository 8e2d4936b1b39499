// English texts of emergency calls.
export const words = {
  'emergency-calls.screen': 'EMERGENCY {dialled}: {caller}, {place}. Call back {callBack}',
  'emergency-calls.spoken': 'Emergency call from {place}.',
  'emergency-calls.unknown-place': 'place unknown',
  'emergency-calls.test': 'This is the emergency test. Your place is: {place}.',
  'emergency-calls.test.number': 'Your number is:',
  'emergency-calls.test.unspoken':
    'This is the emergency test. Your place was named only just now and cannot be spoken yet: call again in a minute.',
  'emergency-calls.nobody': 'Nobody is named to answer emergency calls: every phone of the site would ring.',
  'emergency-calls.nobody.remedy': 'Name answering points in an emergency call plan.',
  'emergency-calls.nobody-told':
    '“{plan}” names nobody who is told of a call for help: only who looks at these pages learns of it.',
  'emergency-calls.nobody-told.remedy':
    'Name screens, contacts or a spoken notice in the emergency call plan: the guard, site security, the shift lead.',
  'emergency-calls.forwards':
    'A call for help met a phone of {number}, where such calls are answered, that forwards by a key of its own, to {to}. All phones of the plant were rung as well when nobody answered.',
  'emergency-calls.forwards.remedy':
    'Switch the forward off at that phone. Let the post forward by “Forwards” on these pages instead: calls for help pass those by.',
  'emergency-calls.no-phone':
    'No phone is registered for the answering points of “{plan}”: every phone of the site would ring.',
  'emergency-calls.no-phone.remedy': 'Bring the phone of an answering point back, or name another extension.',
  'emergency-calls.no-network': 'No network lets its stations call for help without a password.',
  'emergency-calls.no-network.remedy':
    'Name the address ranges of the plant’s phones under Networks and allow emergency calls there.',
  'emergency-calls.title': 'Emergency calls',
  'emergency-calls.quiet': 'Nobody is calling for help.',
  'emergency-calls.quiet.more':
    'A call for help is shown here and on every page, until somebody answers or takes care.',
  'emergency-calls.call-back': 'Call back',
  'emergency-calls.call-backs': 'Calls back',
  'emergency-calls.call-backs.more':
    'Whoever answers such calls and dials one of these numbers reaches the very phone that called, past its forwards and do-not-disturb.',
  'emergency-calls.call-backs.one': '{number} rings the phone of {who} until {when}',
  'emergency-calls.call-backs.outside': '{number}, called from outside, rings the phone of {who} until {when}',
  'emergency-calls.history': 'Past calls for help',
  'emergency-calls.history.none':
    'Nobody has called for help yet. Dial 933 from a phone to hear which place it would tell, without calling anybody.',
  'emergency-calls.at': 'When',
  'emergency-calls.caller': 'Caller',
  'emergency-calls.where': 'Where',
  'emergency-calls.answered-by': 'Answered by',
  'emergency-calls.told': 'Who was told',
  'emergency-calls.care': 'Taken care of by',
  'emergency-calls.not-yet': 'not yet',
  'emergency-calls.nobody-did': 'nobody: the caller hung up',
  'emergency-calls.result.shown': 'shown on its screen',
  'emergency-calls.result.spoken': 'spoken aloud',
  'emergency-calls.result.not-registered': 'not told, the phone was not registered',
  'emergency-calls.result.confirmed': 'called, and pressed 1',
  'emergency-calls.result.contact.screen': 'text shown on the phone',
  'emergency-calls.result.contact.page': 'spoken aloud',
  'emergency-calls.result.contact.mail': 'mail taken by the server',
  'emergency-calls.result.contact.text': 'text taken by the gateway',
  'emergency-calls.result.contact.failed': 'not reached by {way}, {why}',
  'emergency-calls.way.screen': 'text',
  'emergency-calls.way.call': 'call',
  'emergency-calls.way.page': 'announcement',
  'emergency-calls.way.mail': 'mail',
  'emergency-calls.way.text': 'text to the mobile phone',
  'emergency-calls.result.refused': 'not told, the phone does not show messages (answer {status})',
  'emergency-calls.result.not-spoken': 'not spoken, {why}',
  'emergency-calls.result.failed': 'not told, {why}',
  'emergency-calls.contacts': 'Contacts',
} as const
