// What a phone asks about its own extension: messages that wait (RFC 3842), where it is registered (RFC 3680).
import type { Context } from '../../../kernel/feature.ts'
import { extensions } from '../extensions/feature.ts'
import { registrar } from '../registrar/feature.ts'
import { type Asked, type EventPackage, xml } from './packages.ts'

/** There is no voicemail in this version, and so nothing waits: the lamp goes out, and stays out. */
export function messageSummary(ctx: Context): EventPackage {
  return {
    name: 'message-summary',
    contentTypes: ['application/simple-message-summary'],
    own: true,
    describe: ({ target, host }) =>
      ctx.store.owner(target)?.kind === 'extension'
        ? `Messages-Waiting: no\r\nMessage-Account: sip:${target}@${host}\r\nVoice-Message: 0/0 (0/0)\r\n`
        : undefined,
  }
}

/** Every registered phone of the extension. */
export function registrations(ctx: Context): EventPackage {
  return {
    name: 'reg',
    contentTypes: ['application/reginfo+xml'],
    own: true,
    describe({ target, host }: Asked) {
      const owner = ctx.store.owner(target)
      if (owner?.kind !== 'extension') return undefined
      const bindings = ctx
        .use(extensions)
        .linesOf(owner.id)
        .flatMap(line => ctx.use(registrar).bindingsOf(line.id))
      const contacts = bindings.map(
        ({ contact, callId, cseq }, at) =>
          `<contact id="c${at}" state="active" event="registered" callid="${xml(callId)}" cseq="${cseq}"><uri>${xml(contact)}</uri></contact>`,
      )
      return [
        '<?xml version="1.0" encoding="UTF-8"?>',
        '<reginfo xmlns="urn:ietf:params:xml:ns:reginfo" version="{version}" state="full">',
        `<registration aor="sip:${xml(target)}@${xml(host)}" id="${xml(owner.id)}" state="${bindings.length ? 'active' : 'init'}">`,
        ...contacts,
        '</registration>',
        '</reginfo>',
        '',
      ].join('\n')
    },
  }
}
