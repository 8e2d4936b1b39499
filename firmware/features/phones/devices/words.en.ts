// English texts of devices.
export const words = {
  'devices.no-location': '“{device}” stands nowhere: an emergency call from it would only show the site.',
  'devices.no-location.remedy': 'Set its location, or one for the network that it is on.',
  'devices.no-location.many': '{count} devices stand nowhere: emergency calls from them would only show the site.',
} as const
