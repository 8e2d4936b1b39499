// English texts of users.
export const words = {
  'users.title': 'Users',
  'users.view': 'See users and who is signed in',
  'users.manage': 'Add and change users: whoever holds this can give anybody any role',
  'users.no-administrator': 'Nobody who may sign in holds the administrator role.',
  'users.no-administrator.remedy': 'Give the role to a user from the console of the box.',
  'users.first-password': 'The user {user} still has the password that this box printed at its first start.',
  'users.first-password.remedy': 'Sign in as {user} and choose a password of your own.',
} as const
