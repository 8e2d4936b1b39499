// English texts of health.
export const words = {
  'health.title': 'Health',
  'health.view': 'See problems, remedies and the figures of the machine',
} as const
