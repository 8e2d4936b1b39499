// English texts of live calls.
export const words = {
  'live-calls.title': 'Live calls',
  'live-calls.view': 'See the calls of this moment',
  'live-calls.hang-up': 'End a call of others',
  'live-calls.none': 'Nobody is on the phone.',
  'live-calls.emergency': 'Emergency',
  'live-calls.talking': 'Talking',
  'live-calls.on-the-way': 'On its way',
  'live-calls.encrypted': 'encrypted ({suite})',
  'live-calls.clear': 'not encrypted',
  'live-calls.by': 'signalling by {transport}',
  'live-calls.leg.early': 'ringing',
  'live-calls.leg.established': 'talking',
  'live-calls.leg.ended': 'ended',
  'live-calls.end': 'End call',
  'live-calls.end-sure': 'End it now',
} as const
