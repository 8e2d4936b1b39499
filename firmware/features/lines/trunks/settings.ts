// A trunk: a carrier, a gateway or another box that takes calls to the outside and brings calls in.
import { DIVERSION_HEADERS } from '../../../kernel/call/sip-port.ts'
import { Name, Ref, Seconds, Secret, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'
import { parseNetwork } from './networks.ts'

/** How numbers are written on their way out. */
export const FORMATS = ['e164', 'e164-without-plus', 'national', 'as-dialled'] as const
export type NumberFormat = (typeof FORMATS)[number]

/** A whole number of the world, with its country (ITU-T E.164). */
export const E164 = '^\\+[1-9][0-9]{3,14}$'

export const Trunk = Type.Object({
  name: Name({ title: 'Name', description: 'As people call the carrier or gateway.' }),
  host: Type.String({
    title: 'Address',
    minLength: 1,
    maxLength: 120,
    pattern: '^[0-9A-Fa-f.:]+$',
    description: 'IP address of the carrier’s or gateway’s SIP server.',
  }),
  port: Type.Integer({ title: 'Port', minimum: 1, maximum: 65_535, default: 5060 }),
  transport: Type.Enum(['udp', 'tcp'], { title: 'Transport', default: 'udp' }),
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
      description: 'As the carrier writes it in addresses. Empty: its IP address.',
      'x-advanced': true,
    }),
  ),
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
    if (parseNetwork(trunk.host)?.single !== true) return { host: 'is no IP address: write one like 203.0.113.7' }
    const wrong = trunk.networks.find(network => parseNetwork(network) === undefined)
    if (wrong !== undefined) return { networks: `“${wrong}” is no network: write one like 203.0.113.0/28` }
    if ((trunk.username === undefined) !== (trunk.secret === undefined))
      return { secret: 'user name and password go together' }
    if (trunk.registers && trunk.username === undefined)
      return { username: 'registering takes a user name and a password: enter them, or do not register there' }
    return {}
  },
}
