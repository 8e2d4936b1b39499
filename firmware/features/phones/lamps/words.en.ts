// English texts of lamps.
export const words = {
  'lamps.about': 'Keys of phones that show who rings and who talks, and take calls that ring there.',
} as const
