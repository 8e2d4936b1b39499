// English texts of inbound numbers.
export const words = {
  'inbound.view': 'See inbound numbers',
  'inbound.manage': 'Change inbound numbers',
  'inbound.none': 'Trunk “{trunk}” brings calls in, but no inbound number is entered: they are refused.',
  'inbound.none.remedy': 'Enter the numbers that the carrier gave you, and where their calls go.',
  'inbound.stranger': 'A call came in for {number}, which nobody entered as an inbound number.',
  'inbound.stranger.remedy': 'Enter it, or ask the carrier why it sends calls for it here.',
} as const
