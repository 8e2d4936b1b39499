// Where phones fetch their settings.
import { type Static, Type } from '../../../kernel/schema.ts'

export const ProvisioningSettings = Type.Object(
  {
    address: Type.Optional(
      Type.String({
        title: 'Address of the phones’ settings',
        maxLength: 500,
        pattern: '^(https?|ftps?|tftp)://[!-~]+$',
        description:
          'Told to phones that ask the box for it (event ua-profile), such as https://settings.example/phones/. Empty: they are told that the box knows none.',
      }),
    ),
  },
  { default: {} },
)
export type ProvisioningSettings = Static<typeof ProvisioningSettings>
