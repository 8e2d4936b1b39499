// A notice by mail and by text to a mobile phone: through servers of others, so never the only way. Left out of drills.
import type { Context } from '../../../kernel/feature.ts'
import { mailServerKind } from './mail-server.ts'
import type { Way } from './notice.ts'
import { bodyOf, textGatewayKind } from './text-gateway.ts'
import { words } from './words.en.ts'

/** What hands it over gives up sooner and says why; milliseconds. */
const PATIENCE = 35_000
/** A text has room for so many characters where it is not split. */
const LONGEST_TEXT = 160

type Parts = Pick<Context, 'courier' | 'store'>

/** `address`: of the contact. */
export const mailWay = (ctx: Parts, o: { readonly address: string; readonly label: string }): Way => ({
  id: o.address,
  label: o.label,
  how: 'mail',
  patienceMilliseconds: PATIENCE,
  async attempt(text) {
    const server = ctx.store.all(mailServerKind)[0]
    if (server === undefined) return 'no mail server is entered'
    const { host, port, security, username, from, authorities } = server
    const password = server.secret === undefined ? undefined : ctx.store.secret(server.secret)
    const proof = username !== undefined && password !== undefined ? { username, password } : {}
    const subject = `${words['notifications.subject']}${text}`.slice(0, 120)
    const to = { host, port, security, ...proof, ...(authorities !== undefined && { authorities }) }
    await ctx.courier.mail({ server: to, from, to: o.address, subject, text })
    return undefined
  },
})

/** `number`: of the contact's mobile phone. */
export const textWay = (ctx: Parts, o: { readonly number: string; readonly label: string }): Way => ({
  id: o.number,
  label: o.label,
  how: 'text',
  patienceMilliseconds: PATIENCE,
  async attempt(text) {
    const gateway = ctx.store.all(textGatewayKind)[0]
    if (gateway === undefined) return 'no text gateway is entered'
    const { url, contentType, authorities } = gateway
    const authorization = gateway.secret === undefined ? undefined : ctx.store.secret(gateway.secret)
    const headers = { 'content-type': contentType, ...(authorization !== undefined && { authorization }) }
    const body = bodyOf(gateway, { to: o.number, text: text.slice(0, LONGEST_TEXT) })
    await ctx.courier.post({ url, headers, body, ...(authorities !== undefined && { authorities }) })
    return undefined
  },
})
