// Contacts as ways: whom the box tells one after the other, each by all that was entered for him.
import type { Context, Trigger } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { extensions } from '../../phones/extensions/feature.ts'
import { registrar } from '../../phones/registrar/feature.ts'
import { sites } from '../../places/sites/feature.ts'
import { callWay } from './call-way.ts'
import type { Recipients, Way } from './notice.ts'
import { mailWay, textWay } from './outside-ways.ts'
import { pageWay } from './page-way.ts'
import { screenWay } from './screen-way.ts'
import { type Contact, contactKind } from './settings.ts'

/** In the order of `ids`; one that is gone is left out. */
export const contactsOf = (ctx: Context, ids: readonly string[], why: Trigger): readonly Recipients[] =>
  ids.flatMap(id => {
    const contact = ctx.store.get(contactKind, id)
    return contact === undefined ? [] : [{ name: contact.name, ways: waysOf(ctx, contact, why) }]
  })

function waysOf(ctx: Context, contact: Stored<Contact>, why: Trigger): readonly Way[] {
  const { name: label, devices, extension, zone, mail, mobile } = contact
  const shown = devices.map(id =>
    screenWay(ctx, { id, label, bindings: () => ctx.use(registrar).bindingsOfDevice(id) }),
  )
  const language = ctx.use(sites).of()?.language ?? 'en-us'
  return [
    ...shown,
    ...(extension === undefined
      ? []
      : [callWay(ctx, { id: extension, label, language, targets: () => ctx.use(extensions).targets(extension) })]),
    ...(zone === undefined ? [] : [pageWay(ctx, { zone, label, why })]),
    ...(mail === undefined || why.drill ? [] : [mailWay(ctx, { address: mail, label })]),
    ...(mobile === undefined || why.drill ? [] : [textWay(ctx, { number: mobile, label })]),
  ]
}
