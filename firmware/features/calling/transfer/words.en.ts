// English texts of transfer.
export const words = {
  'transfer.asked': 'asked for {number} by its own key',
  'transfer.why': 'transferred by {number}',
} as const
