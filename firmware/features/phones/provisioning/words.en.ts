// English texts of provisioning.
export const words = {
  'provisioning.title': 'Phones’ settings',
  'provisioning.view': 'See where phones fetch their settings',
  'provisioning.manage': 'Change where phones fetch their settings',
} as const
