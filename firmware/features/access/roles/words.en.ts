// English texts of roles.
export const words = {
  'roles.title': 'Roles',
  'roles.view': 'See roles and what they allow',
  'roles.manage': 'Change roles: whoever holds this can give anybody any right',
} as const
