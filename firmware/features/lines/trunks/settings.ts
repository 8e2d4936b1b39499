// A trunk: a carrier, a gateway or another box that takes calls to the outside and brings calls in.
import { DIVERSION_HEADERS } from '../../../kernel/call/sip-port.ts'
import { Name, Ref, Seconds, Secret, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'
import { hostFault } from './host-name.ts'
import { parseNetwork } from './networks.ts'
import { hopIn } from './next-hop.ts'
import { authoritiesFault, fingerprintFault } from './proof.ts'

/** How numbers are written on their way out. */
export const FORMATS = ['e164', 'e164-without-plus', 'national', 'as-dialled'] as const
export type NumberFormat = (typeof FORMATS)[number]

/** SRTP with keys in the session description (SDES, RFC 4568). */
export const ENCRYPTION = ['off', 'when-offered', 'preferred', 'required'] as const

/** A whole number of the world, with its country (ITU-T E.164). */
export const E164 = '^\\+[1-9][0-9]{3,14}$'

export const Trunk = Type.Object({
  name: Name({ title: 'Name', description: 'As people call the carrier or gateway.' }),
  host: Type.String({
    title: 'Address',
    minLength: 1,
    maxLength: 199,
    description: 'IP address or host name of the carrier’s or gateway’s SIP server, such as sip.carrier.example.',
  }),
  port: Type.Optional(
    Type.Integer({
      title: 'Port',
      minimum: 1,
      maximum: 65_535,
      description:
        'Empty: the one that name servers tell for the host name (SRV), else 5060, with tls 5061. With a port only the address of the host is asked for.',
    }),
  ),
  transport: Type.Enum(['udp', 'tcp', 'tls'], {
    title: 'Transport',
    default: 'udp',
    description: 'tls: encrypted, to a server that shows who it is.',
  }),
  encryption: Type.Enum(ENCRYPTION, {
    title: 'Encryption of speech',
    default: 'when-offered',
    description:
      '“when-offered”: as the carrier calls. “preferred”: the box offers it too, and speaks in the clear with a carrier that does not take it. “required”: calls in the clear are refused, but never a call for help. “off”: never. With transport tls nobody between reads the keys.',
  }),
  networks: Type.Array(Type.String({ maxLength: 60 }), {
    title: 'Calls also come from',
    description:
      'Further addresses or networks of the carrier, such as 203.0.113.0/28. Whoever calls from there is not asked for a password.',
    maxItems: 50,
    default: [],
  }),
  username: Type.Optional(
    Type.String({
      title: 'User name',
      maxLength: 120,
      description: 'Only where the carrier asks for a password.',
    }),
  ),
  secret: Type.Optional(Secret({ title: 'Password' })),
  registers: Type.Boolean({
    title: 'Register there',
    default: false,
    description: 'Where the carrier wants to be told where the box is. Gateways and other boxes do not.',
  }),
  registerSeconds: Seconds({
    title: 'Register for',
    minimum: 60,
    maximum: 86_400,
    default: 600,
    description: 'Said again before the time is over. The carrier may grant less or want more.',
    'x-advanced': true,
  }),
  domain: Type.Optional(
    Type.String({
      title: 'Domain',
      maxLength: 120,
      pattern: '^[A-Za-z0-9.-]+$',
      description: 'As the carrier writes it in addresses. Empty: its address as above.',
      'x-advanced': true,
    }),
  ),
  proxy: Type.Optional(
    Type.String({
      title: 'Outbound proxy',
      minLength: 1,
      maxLength: 199,
      description:
        'Where the carrier wants everything sent through another server: its address or name, with :port where it has one.',
      'x-advanced': true,
    }),
  ),
  proxyTransport: Type.Optional(
    Type.Enum(['udp', 'tcp', 'tls'], {
      title: 'Transport to the proxy',
      description: 'Empty: as above. With tls the certificate is for the name of the proxy.',
      'x-advanced': true,
    }),
  ),
  authorities: Type.String({
    title: 'Certificate signed by',
    default: '',
    maxLength: 60_000,
    description:
      'With tls: PEM of those who may have signed the certificate of the carrier’s server. Empty: the public authorities that this machine knows.',
    'x-advanced': true,
  }),
  fingerprint: Type.Optional(
    Type.String({
      title: 'Certificate’s fingerprint',
      minLength: 1,
      maxLength: 120,
      description:
        'With tls: SHA-256 of the one certificate that is believed, whoever signed it, for whatever name and however old. Empty: any that is signed, valid and for the address or domain above.',
      'x-advanced': true,
    }),
  ),
  showsCertificate: Type.Boolean({
    title: 'Show the box’s certificate',
    default: false,
    description:
      'With tls: where the carrier asks who connects to it. It is the one that phones meet, signed by the authority of this box.',
    'x-advanced': true,
  }),
  site: Type.Optional(
    Ref('site', {
      title: 'Site',
      onDelete: 'clear',
      description: 'Where it leaves the plant: its country says how numbers are written.',
    }),
  ),
  channels: Type.Integer({
    title: 'Calls at once',
    minimum: 1,
    maximum: 10_000,
    default: 30,
    description: 'In and out together.',
  }),
  priority: Type.Integer({
    title: 'Priority',
    minimum: 1,
    maximum: 100,
    default: 10,
    description: 'Calls go out by the trunk with the lowest number that works.',
  }),
  share: Type.Integer({
    title: 'Share',
    minimum: 1,
    maximum: 100,
    default: 1,
    description: 'Trunks of the same priority carry calls in this proportion.',
    'x-advanced': true,
  }),
  numberFormat: Type.Enum(FORMATS, {
    title: 'Numbers are sent',
    default: 'e164',
    description: 'e164: +13135550100. national: as within the country of its site.',
    'x-advanced': true,
  }),
  callerNumber: Type.Optional(
    Type.String({
      title: 'Number shown',
      pattern: E164,
      description: 'Who is called sees this number when the caller’s extension has none of its own. Begins with +.',
    }),
  ),
  heartbeatSeconds: Seconds({
    title: 'Ask whether it is there every',
    minimum: 0,
    maximum: 3600,
    default: 30,
    description: 'By SIP OPTIONS. 0: never; then only calls tell how it is.',
    'x-advanced': true,
  }),
  help: Type.Boolean({
    title: 'Carries calls for help',
    default: true,
    description:
      'Emergency numbers go out here first, to the public emergency services; when nobody there takes the call, the answering points of the plant ring.',
  }),
  helpNumber: Type.Optional(
    Type.String({
      title: 'Number shown with calls for help',
      pattern: E164,
      description:
        'The one whose address the carrier has told the emergency services. Empty: the number shown otherwise.',
      'x-advanced': true,
    }),
  ),
  tellsPlace: Type.Boolean({
    title: 'Takes the caller’s place with calls for help',
    default: false,
    description:
      'The address is sent with the call (PIDF-LO, RFC 6442). Only for carriers that say that they take it: a call that is not taken with it is tried again without.',
    'x-advanced': true,
  }),
  believesCaller: Type.Boolean({
    title: 'Vouches for callers',
    default: false,
    description:
      'Who calls is read from P-Asserted-Identity (RFC 3325), which the carrier has checked. Off: from the caller’s own words. Only for carriers that say so in writing.',
    'x-advanced': true,
  }),
  tellForwards: Type.Enum(DIVERSION_HEADERS, {
    title: 'Is told who forwarded a call',
    default: 'off',
    description:
      'In “Diversion” (RFC 5806) or “History-Info” (RFC 7044), as the carrier wants it. Extensions are named by their number outside, those without one not at all.',
    'x-advanced': true,
  }),
  inService: Type.Boolean({ title: 'In service', default: true }),
})
export type Trunk = Static<typeof Trunk>

/** The resource kind `trunk`. */
export const trunkKind: ResourceKind<Trunk> = {
  kind: 'trunk',
  prefix: 'trk',
  title: ['Trunk', 'Trunks'],
  schema: Trunk,
  label: 'name',
  check(trunk): Record<string, string> {
    const fault = hostFault(trunk.host)
    if (fault !== undefined) return { host: fault }
    if (trunk.proxy !== undefined && hopIn(trunk.proxy) === undefined)
      return { proxy: 'is neither an address nor a host name: write it like proxy.carrier.example or 203.0.113.7:5070' }
    const unread = trunk.authorities.trim() === '' ? undefined : authoritiesFault(trunk.authorities)
    if (unread !== undefined) return { authorities: unread }
    const unlike = trunk.fingerprint === undefined ? undefined : fingerprintFault(trunk.fingerprint)
    if (unlike !== undefined) return { fingerprint: unlike }
    const wrong = trunk.networks.find(network => parseNetwork(network) === undefined)
    if (wrong !== undefined) return { networks: `“${wrong}” is no network: write one like 203.0.113.0/28` }
    if ((trunk.username === undefined) !== (trunk.secret === undefined))
      return { secret: 'user name and password go together' }
    if (trunk.registers && trunk.username === undefined)
      return { username: 'registering takes a user name and a password: enter them, or do not register there' }
    return {}
  },
}

export const TrunkSettings = Type.Object(
  {
    nameServers: Type.Array(
      Type.String({
        maxLength: 60,
        pattern:
          '^([0-9]{1,3}(\\.[0-9]{1,3}){3}(:[0-9]{1,5})?|\\[[0-9A-Fa-f:.]+\\](:[0-9]{1,5})?|[0-9A-Fa-f:]*:[0-9A-Fa-f:.]*)$',
      }),
      {
        title: 'Name servers',
        description:
          'Asked for the host names of trunks, such as 192.0.2.53 or 192.0.2.53:5353. Empty: those of the machine.',
        maxItems: 5,
        default: [],
      },
    ),
  },
  { default: {} },
)
export type TrunkSettings = Static<typeof TrunkSettings>
