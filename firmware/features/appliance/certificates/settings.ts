// Whom the box believes when a phone that encrypts shows a certificate.
import { type Static, Type } from '../../../kernel/schema.ts'

export const settings = Type.Object(
  {
    clients: Type.Union([Type.Literal('never'), Type.Literal('when-given'), Type.Literal('always')], {
      default: 'never',
      title: 'Certificates of phones',
      description:
        'never: a phone is known by its password. when-given: a certificate that it shows must be good. always: without one it is turned away, 911 over TLS too.',
    }),
    authorities: Type.String({
      default: '',
      maxLength: 60_000,
      title: 'Signed by',
      description: 'PEM of those who may have signed a phone’s certificate. Empty: the authority of this box.',
    }),
  },
  { default: {} },
)
export type CertificateSettings = Static<typeof settings>
