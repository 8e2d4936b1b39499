// The mail server that takes notices. The first of several is used.
import { Name, Secret, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'
import { authoritiesFault } from './authorities.ts'

/** A mail address as a schema's pattern: one, without a name beside it. */
export const ADDRESS = '^[^\\s@<>,;:"]+@[^\\s@<>,;:"]+$'

export const MailServerSettings = Type.Object({
  name: Name({ title: 'Name' }),
  host: Type.String({
    title: 'Address',
    minLength: 1,
    maxLength: 199,
    pattern: '^[A-Za-z0-9.:_-]+$',
    description: 'Host name or IP address of the server that takes mail: smtp.plant.example.',
  }),
  port: Type.Integer({ title: 'Port', minimum: 1, maximum: 65_535, default: 587 }),
  security: Type.Enum(['starttls', 'tls', 'none'], {
    title: 'Encryption',
    default: 'starttls',
    description:
      '“starttls” (port 587) and “tls” (port 465): the certificate is checked, and without encryption nothing is sent. “none”: readable on the way, for a server in the same room.',
  }),
  authorities: Type.Optional(
    Type.String({
      title: 'Certificate signed by',
      maxLength: 60_000,
      description: 'PEM of the plant’s own authority. Empty: the public authorities.',
      'x-advanced': true,
    }),
  ),
  username: Type.Optional(Type.String({ title: 'User name', maxLength: 200 })),
  secret: Type.Optional(Secret({ title: 'Password' })),
  from: Type.String({
    title: 'Sender',
    pattern: ADDRESS,
    maxLength: 200,
    description: 'The address that mails of the box come from.',
  }),
})
export type MailServerSettings = Static<typeof MailServerSettings>

/** The resource kind `mail-server`. */
export const mailServerKind: ResourceKind<MailServerSettings> = {
  kind: 'mail-server',
  prefix: 'msv',
  title: ['Mail server', 'Mail servers'],
  schema: MailServerSettings,
  label: 'name',
  check({ username, secret, security, authorities }): Record<string, string> {
    if ((username === undefined) !== (secret === undefined)) return { secret: 'user name and password go together' }
    if (username !== undefined && security === 'none')
      return { security: 'a password is not sent in the clear: choose starttls or tls, or leave the user name out' }
    return authoritiesFault(authorities)
  },
}
