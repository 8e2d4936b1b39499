// Every state of a call on every transport, plain and sealed: a cell each, brought about side by side in one process.
import type { SipPort } from '../../../firmware/kernel/call/sip-port.ts'
import { credential } from './bench.ts'
import type { Scene } from './crash-scene.ts'
import { type Message, mediaPort } from './message.ts'
import { type Dialog, type Phone, until } from './phone.ts'
import type { Transport } from './restart-stage.ts'
import { cryptoLine, cryptoOf, randomKey, SrtpStream, sealedSdp, voice } from './srtp.ts'

const STATES = [
  'being tried',
  'ringing',
  'heard before the answer',
  'up',
  'held by the caller',
  'held by the called side',
  'held by both',
  'being handed on',
  'parked with music',
  'in a mix',
] as const
export type State = (typeof STATES)[number]

export interface Cell {
  readonly state: State
  readonly transport: Transport
  readonly sealed: boolean
  /** Whose lines: `${name}a` calls `${name}b`. */
  readonly name: string
}

export const CELLS: readonly Cell[] = (['udp', 'tcp', 'tls'] as const).flatMap(transport =>
  [false, true].flatMap(sealed =>
    STATES.map((state, at) => ({ state, transport, sealed, name: `${transport}${sealed ? 's' : 'p'}${at}` })),
  ),
)

export const isLost = ({ state }: Cell): boolean => STATES.indexOf(state) < STATES.indexOf('up')

/** The lines of all cells, as the switch knows them; those of sealed cells take no call in the clear. */
export const CREDENTIALS: Parameters<SipPort['setLines']>[0] = CELLS.flatMap(({ name, sealed }) =>
  ['a', 'b'].map(side => ({
    ...credential(`${name}${side}`, `secret-${name}${side}`),
    ...(sealed && { encryption: 'required' as const }),
  })),
)

/** One side of a call, and what it says and hears. */
export class Side {
  readonly phone: Phone
  readonly #key: Buffer | undefined
  #boxKey: Buffer = Buffer.alloc(30)
  #tag = 1
  #version = 0
  #sequence = 1
  #port = 0
  #dialog: Dialog | undefined

  constructor(phone: Phone, sealed: boolean) {
    this.phone = phone
    this.#key = sealed ? randomKey() : undefined
  }

  get dialog(): Dialog {
    if (this.#dialog === undefined) throw new Error(`${this.phone.account.user} is in no call`)
    return this.#dialog
  }
  set dialog(dialog: Dialog) {
    this.#dialog = dialog
  }

  /** A description; what answers an offer takes its key's tag. */
  says(direction = 'sendrecv', answers = false): string {
    const sdp = this.phone.sdp({ formats: '8 101', direction, version: ++this.#version })
    return this.#key ? sealedSdp(sdp, [cryptoLine(this.#key, { tag: answers ? this.#tag : 1 })]) : sdp
  }

  /** What the box describes. */
  learns(sdp: string): void {
    this.#port = mediaPort(sdp)
    const chosen = cryptoOf(sdp).find(({ suite }) => suite === 'AES_CM_128_HMAC_SHA1_80')
    this.#boxKey = chosen?.key ?? this.#boxKey
    this.#tag = chosen?.tag ?? 1
  }

  speaks(byte: number): void {
    const packet = voice(this.#sequence++, byte)
    this.phone.sendMedia(this.#key ? new SrtpStream(this.#key).seal(packet) : packet, this.#port)
  }

  /** Payloads that were understood. */
  heard(): readonly Buffer[] {
    const open = this.#key && new SrtpStream(this.#boxKey)
    const payloads = this.phone.heard.map(({ raw }): Buffer | undefined => (open ? open.open(raw) : raw.subarray(12)))
    return payloads.filter(payload => payload !== undefined)
  }
}

export interface Stage {
  readonly cell: Cell
  readonly caller: Side
  readonly called: Side
  readonly offered: Message
  readonly legs: readonly [caller: string, called: string]
}

/** Each hears the byte that the other says: also through a mixer, which may say it a step or two louder or softer. */
export async function talk({ caller, called }: Pick<Stage, 'caller' | 'called'>): Promise<void> {
  const sides = [
    { by: caller, byte: 0x2a, to: called },
    { by: called, byte: 0x35, to: caller },
  ]
  for (const { to } of sides) to.phone.heard.length = 0
  const isByte = (payload: Buffer, byte: number) =>
    payload.length === 160 && payload.filter(one => Math.abs(one - byte) <= 2).length > 150
  await until('both to hear what the other says', () => {
    for (const { by, byte } of sides) by.speaks(byte)
    return sides.every(({ byte, to }) => to.heard().some(payload => isByte(payload, byte)))
  })
}

/** A re-INVITE that the other side answers. */
export async function changes(by: Side, other: Side, [direction, answer]: readonly [string, string]): Promise<void> {
  by.dialog.invite({ body: by.says(direction) })
  const asked = await other.phone.request('INVITE')
  other.learns(asked.body)
  other.phone.reply(asked, 200, { body: other.says(answer, true) })
  await other.phone.request('ACK')
  const final = await by.phone.response(200, 'INVITE')
  by.learns(final.body)
  by.dialog.acknowledge(final)
}

/** The phone asks for its call to be handed on, and is told that somebody tries. */
export async function asksToHandOn({ dialog, phone }: Side): Promise<void> {
  dialog.request('REFER', { headers: ['Refer-To: <sip:nobody@plant>'] })
  await phone.response(202, 'REFER')
  phone.reply(await phone.request('NOTIFY'), 200)
}

export const TONE = { steps: [{ hertz: [425], milliseconds: 1000 }] }

const HOLDS = ['sendonly', 'recvonly'] as const

const reach: Readonly<Record<State, (stage: Stage, s: Scene) => Promise<void>>> = {
  'being tried': async () => {},
  ringing: async ({ caller, called, offered }) => {
    called.phone.reply(offered, 180, { tag: 'callee' })
    await caller.phone.response(180, 'INVITE')
  },
  'heard before the answer': async ({ caller, called, offered }) => {
    called.phone.reply(offered, 183, { tag: 'callee', body: called.says('sendrecv', true) })
    await caller.phone.response(183, 'INVITE')
  },
  up: async () => {},
  'held by the caller': ({ caller, called }) => changes(caller, called, HOLDS),
  'held by the called side': ({ caller, called }) => changes(called, caller, HOLDS),
  'held by both': async ({ caller, called }) => {
    await changes(caller, called, HOLDS)
    await changes(called, caller, ['inactive', 'inactive'])
  },
  'being handed on': ({ caller }) => asksToHandOn(caller),
  'parked with music': async ({ legs: [leg] }, s) => {
    await s.orders({ name: 'unbridge', words: [leg] })
    await s.orders({ name: 'tone', words: [leg, 'music', TONE] })
  },
  'in a mix': async (stage, s) => {
    await s.orders({ name: 'mix', words: [stage.cell.name, members(stage)] })
    await talk(stage)
  },
}

export const members = ({ legs }: Stage) => legs.map(leg => ({ leg, speaks: true, hears: true }))

/** Brings a cell's call about. The switch relays to the line that is dialled, and counts the legs that it makes. */
export async function bringAbout(s: Scene, cell: Cell): Promise<Stage> {
  const { name, transport, sealed } = cell
  const [caller, called] = [
    new Side(await s.phone(`${name}a`, { transport }), sealed),
    new Side(await s.phone(`${name}b`, { transport }), sealed),
  ]
  caller.dialog = await caller.phone.invite(`${name}b`, { body: caller.says() })
  const offered = await called.phone.request('INVITE')
  called.learns(offered.body)
  const came = s.events.filter(event => event.type === 'invite')
  const at = came.findIndex(event => event.dialled === `${name}b`)
  const stage: Stage = { cell, caller, called, offered, legs: [came[at]?.leg ?? '', `out-${at + 1}`] }
  if (!isLost(cell)) {
    called.phone.reply(offered, 200, { tag: 'callee', body: called.says('sendrecv', true) })
    await called.phone.request('ACK')
    called.dialog = called.phone.dialogOf(offered, 'callee')
    const answer = await caller.phone.response(200, 'INVITE')
    caller.learns(answer.body)
    caller.dialog.acknowledge(answer)
    await talk(stage)
  }
  await reach[cell.state](stage, s)
  return stage
}
