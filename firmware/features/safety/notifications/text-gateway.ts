// The web service, or the modem with a web page, that sends texts (SMS). The first of several is used.
import { Name, Secret, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'
import { authoritiesFault } from './authorities.ts'

const JSON_TYPE = 'application/json'
const FORM_TYPE = 'application/x-www-form-urlencoded'

export const TextGateway = Type.Object({
  name: Name({ title: 'Name' }),
  url: Type.String({
    title: 'Address',
    pattern: '^https?://[^\\s/?#@]+([/?#]\\S*)?$',
    maxLength: 400,
    description:
      'Where the box posts a text: https://sms.example/send. With https the certificate is checked; http is readable on the way.',
  }),
  contentType: Type.Enum([JSON_TYPE, FORM_TYPE], { title: 'Written as', default: JSON_TYPE }),
  template: Type.String({
    title: 'What is posted',
    maxLength: 2000,
    default: '{"to":"{to}","text":"{text}"}',
    description: 'As the service wants it; {to} and {text} are filled in. As a form: to={to}&message={text}.',
  }),
  secret: Type.Optional(
    Secret({ title: 'Authorization', description: 'The value of that header, such as “Bearer” and a key.' }),
  ),
  authorities: Type.Optional(
    Type.String({
      title: 'Certificate signed by',
      maxLength: 60_000,
      description: 'PEM of the plant’s own authority. Empty: the public authorities.',
      'x-advanced': true,
    }),
  ),
})
export type TextGateway = Static<typeof TextGateway>

/** The body to be posted: nothing in number or text can end its place in it. */
export function bodyOf({ template, contentType }: TextGateway, o: { to: string; text: string }): string {
  const written = (value: string) =>
    contentType === JSON_TYPE ? JSON.stringify(value).slice(1, -1) : encodeURIComponent(value)
  return template.replaceAll(/\{(to|text)\}/g, (_, what: 'to' | 'text') => written(o[what]))
}

function templateFault(gateway: TextGateway): Record<string, string> {
  if (!gateway.template.includes('{to}') || !gateway.template.includes('{text}'))
    return { template: 'has no {to} or no {text}: nobody would get a text' }
  if (gateway.contentType === FORM_TYPE) return {}
  try {
    JSON.parse(bodyOf(gateway, { to: '+1', text: 'x' }))
    return {}
  } catch {
    return { template: 'is no JSON: write it like {"to":"{to}","text":"{text}"}, or choose the form' }
  }
}

/** The resource kind `text-gateway`. */
export const textGatewayKind: ResourceKind<TextGateway> = {
  kind: 'text-gateway',
  prefix: 'tgw',
  title: ['Text gateway', 'Text gateways'],
  schema: TextGateway,
  label: 'name',
  check: (gateway): Record<string, string> => ({ ...authoritiesFault(gateway.authorities), ...templateFault(gateway) }),
}
