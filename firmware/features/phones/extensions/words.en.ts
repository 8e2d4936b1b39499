// English texts of extensions.
export const words = {
  'extensions.destination': 'Extension',
  'extensions.no-line': 'Extension {number} ({name}) is on no phone: whoever calls it reaches nobody.',
  'extensions.no-line.remedy': 'Give it a line on a phone, or delete it.',
} as const
