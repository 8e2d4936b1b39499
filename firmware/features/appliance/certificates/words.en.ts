// What people read of certificates.
export const words = {
  'certificates.title': 'Certificates',
  'certificates.view': 'See which certificates phones must show',
  'certificates.manage': 'Say which certificates phones must show',
} as const
