// An extension is what people dial for a person, a desk or a post.

import { DIVERSION_HEADERS } from '../../../kernel/call/sip-port.ts'
import { DialNumber, Name, Ref, Seconds, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

export const Extension = Type.Object({
  number: DialNumber({ title: 'Number' }),
  name: Name({ title: 'Name', unique: false, description: 'Shown to those whom it calls.' }),
  user: Type.Optional(Ref('user', { title: 'Person', onDelete: 'clear', description: 'Empty for a desk or a post.' })),
  callingRights: Type.Optional(
    Ref('calling-rights', {
      title: 'Calling rights',
      description: 'What it may call outside. Empty: as everybody else. Calls for help are always allowed.',
    }),
  ),
})
export type Extension = Static<typeof Extension>

/** The resource kind `extension`. */
export const extensionKind: ResourceKind<Extension> = {
  kind: 'extension',
  prefix: 'ext',
  title: ['Extension', 'Extensions'],
  schema: Extension,
  label: 'name',
}

/** What becomes of a call that a phone answers with another address (302). */
export const PHONE_FORWARDS = ['follow', 'ring-on', 'refuse'] as const

export const ExtensionsSettings = Type.Object(
  {
    ringSeconds: Seconds({ title: 'Ring a phone for', minimum: 5, maximum: 300, default: 30 }),
    phoneForwards: Type.Enum(PHONE_FORWARDS, {
      title: 'When a phone forwards by a key of its own',
      default: 'follow',
      description:
        '“follow”: the call goes there when nobody else of the extension answers: within the plant, or outside as far as the extension may call outside. “ring-on”: as if the phone had declined. “refuse”: the caller is turned away. Calls for help never leave the plant this way.',
      'x-advanced': true,
    }),
    tellForwards: Type.Enum(DIVERSION_HEADERS, {
      title: 'Phones are told who forwarded a call',
      default: 'diversion',
      description:
        'Phones that show it read “Diversion” (RFC 5806) or “History-Info” (RFC 7044); the others leave it aside.',
      'x-advanced': true,
    }),
  },
  { default: {} },
)
export type ExtensionsSettings = Static<typeof ExtensionsSettings>
