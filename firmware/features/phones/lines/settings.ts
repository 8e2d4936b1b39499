// A line is one SIP account on one device: it registers with its own secret and carries an extension.
import { Ref, Secret, type Static, Type, Unique } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

export const ENCRYPTION = ['off', 'when-offered', 'preferred', 'required'] as const

export const KEYING = ['as-phone', 'sdes', 'dtls'] as const

/** How what a phone says is cleaned, each along with what stands before it. */
export const CLEANING = ['off', 'noise', 'noise-and-gain', 'noise-gain-and-echo'] as const

export const Line = Type.Object({
  authName: Unique({
    title: 'Sign-in name',
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]*$',
    description: 'What the phone registers as. Typed in by hand, the extension’s number is the usual choice.',
  }),
  device: Ref('device', { title: 'Device', onDelete: 'with' }),
  index: Type.Integer({ title: 'Place on the device', minimum: 1, maximum: 48, default: 1 }),
  extension: Type.Optional(
    Ref('extension', { title: 'Extension', onDelete: 'clear', description: 'Whom it rings for and speaks for.' }),
  ),
  secret: Secret({
    title: 'Secret',
    description:
      'The phone’s SIP password: 12 characters or more. Type it into the phone with the sign-in name; “Phones now” says which server.',
  }),
  encryption: Type.Optional(
    Type.Enum(ENCRYPTION, {
      title: 'Encrypted speech',
      default: 'when-offered',
      description:
        '“when-offered”: as the phone calls. “preferred”: the box offers it too, and speaks in the clear with a phone that does not take it. “required”: calls in the clear are refused, but never a call for help. “off”: never.',
      'x-advanced': true,
    }),
  ),
  keying: Type.Optional(
    Type.Enum(KEYING, {
      title: 'Keys of encrypted speech',
      default: 'as-phone',
      description:
        'How the box gives keys when it calls this phone. “as-phone”: as the phone itself called last, by SDES before its first call. “sdes”: in the description. “dtls”: by a handshake in the media stream, as browsers need it.',
      'x-advanced': true,
    }),
  ),
  cleaning: Type.Optional(
    Type.Enum(CLEANING, {
      title: 'Clean up speech',
      default: 'off',
      description:
        'For a paging console beside a press, or a hands-free phone: what it says in live pages, conferences and to those who listen in. “noise” takes the noise of its place off. “gain” also brings a whisper or a shout to the loudness of others. “echo” also takes off what comes back of the box’s own voice. Calls from phone to phone and calls for help are never changed.',
      'x-advanced': true,
    }),
  ),
  remotePartyId: Type.Optional(
    Type.Boolean({
      title: 'Names callers in Remote-Party-ID too',
      default: false,
      description: 'For old phones that show who answers, or who calls after a transfer, from this header only.',
      'x-advanced': true,
    }),
  ),
})
export type Line = Static<typeof Line>

/** The resource kind `line`. */
export const lineKind: ResourceKind<Line> = {
  kind: 'line',
  prefix: 'lin',
  title: ['Line', 'Lines'],
  schema: Line,
  label: 'authName',
  check(line, look): Record<string, string> {
    const own = (line as { id?: string }).id
    const twins = look.all(lineKind).filter(other => other.device === line.device && other.index === line.index)
    // The look already holds the value being saved: two in one place is one too many.
    const others = own === undefined ? twins.slice(1) : twins.filter(other => other.id !== own)
    const [rival] = others
    return rival ? { index: `line “${rival.authName}” has this place on the device: choose another` } : {}
  },
}

export const LinesSettings = Type.Object(
  {
    realm: Type.String({
      title: 'Realm',
      minLength: 1,
      maxLength: 60,
      pattern: '^[A-Za-z0-9.-]+$',
      default: 'plant-pbx',
      description: 'Phones show it when they ask for a password. Takes effect when the switch starts again.',
      'x-advanced': true,
    }),
  },
  { default: {} },
)
export type LinesSettings = Static<typeof LinesSettings>
