// Scenarios for SIPp, put together line by line: each says which dialog, which number and which branch it means.

export type Step = string

interface Request {
  /** Default: the one after the step before; what stands here is for what is odd. */
  readonly cseq: number
  /** Requests with the same word are one transaction. */
  readonly branch?: string
  /** Default: the tag that the box answered with. */
  readonly toTag?: string
  readonly body?: string
  readonly headers?: readonly string[]
}

export const DESCRIPTION = description('')

/** What SIPp offers; another direction makes it another offer. */
export function description(direction: string): string {
  return [
    'v=0',
    `o=- 1 ${direction === '' ? 1 : 2} IN IP[local_ip_type] [local_ip]`,
    's=-',
    'c=IN IP[media_ip_type] [media_ip]',
    't=0 0',
    'm=audio [media_port] RTP/AVP 0',
    'a=rtpmap:0 PCMU/8000',
    ...(direction === '' ? [] : [`a=${direction}`]),
  ].join('\n')
}

function message(start: string, headers: readonly string[], body = ''): string {
  const type = body === '' ? ['Content-Length: 0'] : ['Content-Type: application/sdp', 'Content-Length: [len]']
  return `<![CDATA[\n${[start, ...headers, ...type].join('\n')}\n\n${body}${body === '' ? '' : '\n'}\n]]>`
}

const via = (branch: string) =>
  `Via: SIP/2.0/[transport] [local_ip]:[local_port];rport;branch=z9hG4bK-[pid]-[call_number]-${branch}`
const contact = 'Contact: <sip:sipp@[local_ip]:[local_port];transport=[transport]>'

/** A request of the caller. */
export function says(name: string, o: Request): Step {
  const toTag = o.toTag ?? (name === 'INVITE' && o.cseq === 1 ? '' : '[peer_tag_param]')
  const headers = [
    via(o.branch ?? `${name}${o.cseq}`),
    'From: <sip:sipp@[local_ip]:[local_port]>;tag=[pid]c[call_number]',
    `To: <sip:[service]@[remote_ip]:[remote_port]>${toTag}`,
    'Call-ID: [call_id]',
    `CSeq: ${o.cseq} ${name}`,
    contact,
    'Max-Forwards: 70',
    ...(o.headers ?? []),
  ]
  return `<send>${message(`${name} sip:[service]@[remote_ip]:[remote_port] SIP/2.0`, headers, o.body)}</send>`
}

/** A request of the called party: it heard who calls in `hearsCall`. */
export function calledSays(name: string, o: Request): Step {
  const headers = [
    via(`${o.branch ?? `${name}${o.cseq}`}u`),
    'From: <[$to]>;tag=[pid]s[call_number]',
    'To: <[$from]',
    'Call-ID: [call_id]',
    `CSeq: ${o.cseq} ${name}`,
    contact,
    'Max-Forwards: 70',
    ...(o.headers ?? []),
  ]
  return `<send>${message(`${name} [$target] SIP/2.0`, headers, o.body)}</send>`
}

/** The INVITE that makes the call, of which later requests of the called party are made. SIPp's XML knows no angle brackets in words. */
export const hearsCall: Step = `<recv request="INVITE"><action>
  <ereg regexp="sip:.*" search_in="hdr" header="From:" assign_to="from"/>
  <ereg regexp="sip:[-0-9a-zA-Z.:@]*" search_in="hdr" header="To:" assign_to="to"/>
  <ereg regexp="sip:[-0-9a-zA-Z.:@]*" search_in="hdr" header="Contact:" assign_to="target"/>
  <ereg regexp="SIP/2.0/.*" search_in="hdr" header="Via:" assign_to="call_via"/>
  <ereg regexp="[0-9]* INVITE" search_in="hdr" header="CSeq:" assign_to="call_cseq"/>
</action></recv>`

/** Answers the INVITE that `hearsCall` heard once more, or under another tag as another branch of a fork, whatever came since. */
export function repliesToCall(code: number, o: { tag?: string; body?: string } = {}): Step {
  const headers = [
    'Via: [$call_via]',
    'From: <[$from]',
    `To: <[$to]>;tag=${o.tag ?? '[pid]s[call_number]'}`,
    'Call-ID: [call_id]',
    'CSeq: [$call_cseq]',
    contact,
  ]
  return `<send>${message(`SIP/2.0 ${code} Test`, headers, o.body)}</send>`
}

/** An answer whose tag a later request means by `;[$tag]`. */
export const hearsTag: Step = `<recv response="200"><action>
  <ereg regexp="tag=.*" search_in="hdr" header="To:" assign_to="tag"/>
</action></recv>`

/** A re-INVITE that is answered only after what comes behind it, by `repliesToOffer`. */
export const hearsOffer: Step = `<recv request="INVITE"><action>
  <ereg regexp="SIP/2.0/.*" search_in="hdr" header="Via:" assign_to="offer_via"/>
  <ereg regexp="[0-9]* INVITE" search_in="hdr" header="CSeq:" assign_to="offer_cseq"/>
</action></recv>`

/** Answers what `hearsOffer` heard, whatever came since then in the same dialog. */
export function repliesToOffer(code: number, o: { body?: string } = {}): Step {
  const dialog = ['[last_From:]', '[last_To:]', '[last_Call-ID:]']
  const headers = ['Via: [$offer_via]', ...dialog, 'CSeq: [$offer_cseq]', contact]
  return `<send>${message(`SIP/2.0 ${code} Test`, headers, o.body)}</send>`
}

/** Answers the request that came last. */
export function replies(code: number, o: { tag?: boolean; body?: string } = {}): Step {
  const headers = [
    '[last_Via:]',
    '[last_From:]',
    `[last_To:]${o.tag === true ? ';tag=[pid]s[call_number]' : ''}`,
    '[last_Call-ID:]',
    '[last_CSeq:]',
    contact,
  ]
  return `<send>${message(`SIP/2.0 ${code} Test`, headers, o.body)}</send>`
}

export const hears = (what: string | number): Step =>
  typeof what === 'number' ? `<recv response="${what}"/>` : `<recv request="${what}"/>`
export const mayHear = (code: number): Step => `<recv response="${code}" optional="true"/>`
/** SIPp believes no answer to a number below one it has used, unless the request had a name. */
export const named = (name: string, request: Step): Step => request.replace('<send>', `<send start_txn="${name}">`)
export const hearsFor = (name: string, code: number): Step => `<recv response="${code}" response_txn="${name}"/>`
export const waits = (milliseconds: number): Step => `<pause milliseconds="${milliseconds}"/>`

export function scenario(...steps: readonly Step[]): string {
  const names = [
    ...(steps.includes(hearsCall) ? ['from', 'to', 'target', 'call_via', 'call_cseq'] : []),
    ...(steps.includes(hearsTag) ? ['tag'] : []),
    ...(steps.includes(hearsOffer) ? ['offer_via', 'offer_cseq'] : []),
  ]
  const used = names.length > 0 ? `<Reference variables="${names.join()}"/>` : ''
  return `<?xml version="1.0" encoding="UTF-8"?>\n<scenario name="odd">\n${steps.join('\n')}\n${used}\n</scenario>\n`
}
