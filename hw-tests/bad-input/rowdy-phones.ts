// Phones that really register, call, hold, hand on, refuse and subscribe, and of whose every message damaged copies go along:
// of what they ask, and of what they answer to the box.
import { type Message, method, status } from '../../native/pjsip-binding/test/message.ts'
import { damaged, type Random, seeded } from '../../native/pjsip-binding/test/mutations.ts'
import { type Dialog, Phone } from '../../native/pjsip-binding/test/phone.ts'
import type { TestBox } from '../lab/box.ts'

/** What does not come by then was spoilt by what went along: the story goes on without. */
const PATIENCE = 400
/** What a phone remembers having said, to be said again damaged. */
const REMEMBERED = 40

const maybe = <T>(wanted: Promise<T>): Promise<T | undefined> => wanted.catch(() => undefined)

export class RowdyPhone {
  readonly phone: Phone
  /** Damaged messages sent. */
  sent = 0
  #calm = false
  readonly #random: Random
  readonly #said: string[] = []
  readonly #dialogs: Dialog[] = []

  static async start(box: TestBox, number: string, o: { host: string; copies: number; seed: number }) {
    const phone = await Phone.open({
      server: { host: box.host, port: box.sipPort },
      account: { user: number, secret: `secret-of-${number}` },
      host: o.host,
    })
    return new RowdyPhone(phone, o)
  }

  private constructor(phone: Phone, o: { copies: number; seed: number }) {
    this.phone = phone
    this.#random = seeded(o.seed)
    const along = (text: string): boolean => {
      const answers = text.startsWith('SIP/2.0')
      // A damaged copy of a request first would use its proof up; of an answer it is taken for the answer.
      if (answers && this.#random() < 0.5) this.#harm(text, along)
      this.#said.push(text)
      if (this.#said.length > REMEMBERED) this.#said.shift()
      setImmediate(() => {
        for (let n = 0; n < o.copies; n++) {
          const old = this.#said[Math.floor(this.#random() * this.#said.length)] ?? text
          this.#harm(n % 2 === 0 ? text : old, along)
        }
      })
      return true
    }
    phone.onSend = along
  }

  #harm(text: string, along: (text: string) => boolean): void {
    if (this.#calm) return
    this.phone.onSend = undefined
    try {
      this.phone.sendRaw(Buffer.from(damaged(text, this.#random), 'latin1'))
      this.sent++
    } finally {
      this.phone.onSend = along
    }
  }

  /** Answers whatever it was asked meanwhile. */
  tidy(): void {
    for (const message of this.phone.inbox.splice(0))
      if (status(message) === 0 && method(message) !== 'ACK')
        this.phone.reply(message, method(message) === 'INVITE' ? 486 : 200, { tag: 'tidy' })
  }

  register(): Promise<Message | undefined> {
    this.tidy()
    return maybe(this.phone.register({ patience: PATIENCE }))
  }

  async calls(number: string): Promise<Dialog | undefined> {
    const dialog = await maybe(this.phone.invite(number))
    if (dialog) this.#dialogs.push(dialog)
    return dialog
  }

  /** The call that comes is rung and answered, or refused with `code`. */
  async takes(code: number, headers: readonly string[] = []): Promise<Dialog | undefined> {
    const { phone } = this
    const offered = await maybe(phone.request('INVITE', PATIENCE))
    if (!offered) return undefined
    const tag = `r${this.sent}`
    phone.reply(offered, 180, { tag })
    const body = code === 200 ? { body: phone.sdp({ formats: '0 8 101' }) } : {}
    phone.reply(offered, code, { tag, headers, ...body })
    if (code !== 200) return undefined
    const dialog = phone.dialogOf(offered, tag)
    this.#dialogs.push(dialog)
    return dialog
  }

  /** Ends every call that it may have; twice, as the first may have been answered to somebody else. */
  async over(): Promise<void> {
    for (const dialog of this.#dialogs.splice(0)) {
      dialog.cancel()
      dialog.request('BYE')
      await maybe(this.phone.response(200, 'BYE', PATIENCE / 4))
    }
    this.tidy()
  }

  /** Damages nothing any more, and ends its calls. */
  async calmsDown(): Promise<void> {
    this.phone.onSend = undefined
    this.#calm = true
    await this.over()
  }
}

/** What the called phone does with a call. */
const ENDS: readonly (readonly [code: number, headers: readonly string[]])[] = [
  [200, []],
  [302, ['Contact: <sip:203@127.0.0.1>;q=0.5, "x" <sip:204@plant;transport=tcp>;q=0.9, <tel:+1810>']],
  [486, ['Reason: Q.850;cause=17;text="busy"']],
  [200, ['Require: timer', 'Session-Expires: 90;refresher=uac', 'Supported: timer']],
  [401, ['WWW-Authenticate: Digest realm="x", nonce="y", qop="auth"']],
  [488, ['Warning: 304 x "no codec"']],
]

async function talkAndMore(a: RowdyPhone, dialog: Dialog): Promise<void> {
  const { phone } = a
  const answer = await maybe(phone.response(200, 'INVITE', PATIENCE))
  if (!answer) return
  dialog.acknowledge(answer)
  dialog.invite({ body: phone.sdp({ direction: 'sendonly', version: 2 }) })
  const held = await maybe(phone.response(200, 'INVITE', PATIENCE))
  if (held) dialog.acknowledge(held)
  dialog.request('UPDATE', { body: phone.sdp({ version: 3 }) })
  dialog.request('INFO', { body: 'Signal=5\r\nDuration=160\r\n', type: 'application/dtmf-relay' })
  dialog.request('REFER', {
    headers: ['Refer-To: <sip:204@plant?Replaces=a%3Bto-tag%3Db%3Bfrom-tag%3Dc>', 'Referred-By: <sip:201@plant>'],
  })
  dialog.request('PRACK', { headers: ['RAck: 1 1 INVITE'] })
  await maybe(phone.response(202, 'REFER', PATIENCE / 4))
}

function watch({ phone }: RowdyPhone, n: number): void {
  const event = ['dialog', 'presence', 'message-summary'][n % 3] ?? 'dialog'
  phone.send({
    start: `SUBSCRIBE ${phone.uri('202')} SIP/2.0`,
    headers: [
      phone.via(),
      `From: <sip:${phone.account.user}@plant>;tag=w${n}`,
      `To: <${phone.uri('202')}>`,
      `Call-ID: watch-${phone.account.user}-${n}`,
      'CSeq: 1 SUBSCRIBE',
      `Contact: ${phone.contact}`,
      `Event: ${event};id=${n}`,
      'Expires: 60',
      'Accept: application/dialog-info+xml',
    ],
  })
}

/** One after another: registration, a lamp, a call and what becomes of it. */
export async function story(a: RowdyPhone, b: RowdyPhone, n: number): Promise<void> {
  if (n % 5 === 0) await Promise.all([a.register(), b.register()])
  watch(a, n)
  const [code, headers] = ENDS[n % ENDS.length] ?? [200, []]
  const taken = b.takes(code, headers)
  const dialog = await a.calls(b.phone.account.user)
  await taken
  if (dialog && code === 200) await talkAndMore(a, dialog)
  b.tidy()
  await a.over()
  await b.over()
}
