// The lamp of a key (RFC 4235): the calls of an extension as a phone with a BLF key reads them.
import { type Asked, xml } from '../subscriptions/feature.ts'
import type { Busy } from './states.ts'

/**
 * Always the full state. A call that rings is named by what takes it (RFC 3891): phones write this into Replaces as it is.
 * An idle extension has one dialog that is over, as phones of all makes have always been told by PBXes: an empty list leaves
 * some lamps as they were.
 */
export function dialogState(asked: Asked, calls: readonly Busy[]): string {
  const { target, host } = asked
  const dialogs = calls.length ? calls.map(call => dialog(call, host)) : [idle(target)]
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<dialog-info xmlns="urn:ietf:params:xml:ns:dialog-info" version="{version}" state="full" entity="${address(target, host)}">`,
    ...dialogs,
    '</dialog-info>',
    '',
  ].join('\n')
}

const idle = (target: string) => `<dialog id="${xml(target)}"><state>terminated</state></dialog>`

function dialog(call: Busy, host: string): string {
  const mayBeTaken = call.state === 'early' && call.direction === 'recipient'
  const id = xml(call.id)
  const names = mayBeTaken ? ` call-id="${id}" local-tag="${id}-own" remote-tag="${id}-far"` : ''
  const hold = call.held ? `<param pname="+sip.rendering" pval="no"/>` : ''
  return [
    `<dialog id="${id}"${names} direction="${call.direction}">`,
    `<state>${call.state}</state>`,
    side('local', call.own, { host, params: hold }),
    side('remote', call.far, { host, params: '' }),
    '</dialog>',
  ].join('\n')
}

function side(which: string, o: Busy['own'], { host, params }: { host: string; params: string }): string {
  const uri = address(o.number, host)
  const display = o.name ? ` display="${xml(o.name)}"` : ''
  return `<${which}><identity${display}>${uri}</identity><target uri="${uri}">${params}</target></${which}>`
}

const address = (number: string, host: string): string => `sip:${xml(number)}@${xml(host)}`
