// English texts of locations.
export const words = {
  'locations.not-validated': 'The address of “{location}” was never checked with those who answer emergency calls.',
  'locations.not-validated.remedy': 'Have the address validated, then enter the day it was done.',
} as const
