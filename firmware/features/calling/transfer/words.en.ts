// English texts of transfer.
export const words = {
  'transfer.why': 'transferred by {number}',
} as const
