// A browser as a phone: chromium's own WebRTC speaks and hears, and a SIP phone of the tests carries its descriptions.
import { join } from 'node:path'
import type { ExecutionContext } from 'ava'
import type { BrowserContext, Page } from 'playwright-core'
import { header, type Message, method, status, tagOf } from '../../native/pjsip-binding/test/message.ts'
import { type Dialog, Phone } from '../../native/pjsip-binding/test/phone.ts'
import { type HeardSequence, heardSequence, type ToneSequence, toneSound } from '../audio/tone-sequence.ts'
import type { Station, TestBox } from '../lab/box.ts'

const RATE = 16_000
const OBLIGING_MILLISECONDS = 50

export interface BrowserState {
  readonly connection: string
  readonly cipher?: string
  readonly role?: string
}

export class BrowserPhone {
  readonly melody: ToneSequence
  readonly #page: Page
  readonly #sip: Phone
  #dialog: Dialog | undefined
  /** Of the description within the call that it answered last. */
  #answer: { readonly sequence: string; readonly body: Promise<string> } | undefined

  private constructor(o: { page: Page; sip: Phone; melody: ToneSequence }) {
    this.#page = o.page
    this.#sip = o.sip
    this.melody = o.melody
  }

  /** A page that sings a melody, registered as a line of the box; closed with the test. */
  static async registered(
    t: ExecutionContext,
    o: { context: BrowserContext; box: TestBox; station: Station; melody: ToneSequence },
  ): Promise<BrowserPhone> {
    const server = { host: o.box.host, port: o.box.sipPort }
    const sip = await Phone.open({ server, account: { user: o.station.number, secret: o.station.secret } })
    const obliging = setInterval(() => oblige(sip), OBLIGING_MILLISECONDS)
    t.teardown(() => {
      clearInterval(obliging)
      sip.close()
    })
    await sip.register()
    const page = await o.context.newPage()
    t.teardown(() => page.close())
    await page.addScriptTag({ path: join(import.meta.dirname, 'browser-booth.js') })
    const phone = new BrowserPhone({ page, sip, melody: o.melody })
    const taking = setInterval(() => phone.#takeAgain().catch(error => t.fail(String(error))), OBLIGING_MILLISECONDS)
    t.teardown(() => clearInterval(taking))
    return phone
  }

  /** The browser's offer, with all its candidates. `video`: with a section for it beside the one for speech. */
  async offer(o: { video?: boolean } = {}): Promise<string> {
    return this.#ask('offer', { ...this.#song(), video: o.video ?? false })
  }

  #song(): { readonly samples: readonly number[]; readonly rate: number } {
    return { samples: [...toneSound(this.melody, RATE).samples], rate: RATE }
  }

  /** Takes the next call; what it was offered. */
  async answers(): Promise<string> {
    const offered = await this.#sip.next(
      'INVITE',
      message => method(message) === 'INVITE' && status(message) === 0 && !isWithin(message),
    )
    // It rings: making a connection takes a browser its time.
    this.#sip.reply(offered, 180, { tag: 'browser' })
    const body = await this.#ask<string>('answer', { ...this.#song(), sdp: offered.body })
    this.#sip.reply(offered, 200, { tag: 'browser', body })
    await this.#sip.request('ACK')
    this.#dialog = this.#sip.dialogOf(offered, 'browser')
    await this.#ask('connected')
    return offered.body
  }

  /** Takes what is offered anew within its call, as when the other phone settles on one codec; a repeated request is answered the same. */
  async #takeAgain(): Promise<void> {
    const at = this.#sip.inbox.findIndex(
      message => method(message) === 'INVITE' && status(message) === 0 && isWithin(message),
    )
    const [offered] = at < 0 ? [] : this.#sip.inbox.splice(at, 1)
    if (!offered) return
    // Two calls may count alike.
    const sequence = `${header(offered, 'Call-ID')} ${header(offered, 'CSeq')}`
    if (this.#answer?.sequence !== sequence)
      this.#answer = { sequence, body: this.#ask<string>('answerAgain', { sdp: offered.body }) }
    this.#sip.reply(offered, 200, { body: await this.#answer.body })
  }

  /** Calls, and speaks with whoever answers. */
  async call(number: string, offer: string): Promise<string> {
    const dialog = await this.#sip.invite(number, { body: offer })
    this.#dialog = dialog
    return this.#answered(dialog)
  }

  /** Another offer of the same connection, with other credentials for its checks: what a browser does whose network changed. */
  async restart(): Promise<string> {
    const dialog = this.#dialog
    if (!dialog) throw new Error('no call')
    dialog.invite({ body: await this.#ask<string>('describe', { iceRestart: true }) })
    return this.#answered(dialog)
  }

  async #answered(dialog: Dialog): Promise<string> {
    // An answer is repeated until its ACK has arrived: one of the INVITE before may still be under way.
    const sequence = `${dialog.cseq} INVITE`
    const fits = (message: Message) =>
      status(message) >= 200 && header(message, 'CSeq') === sequence && header(message, 'Call-ID') === dialog.callId
    const final = await this.#sip.next('a final answer', fits)
    if (status(final) !== 200) throw new Error(`answered ${status(final)} ${header(final, 'Warning')}`)
    dialog.acknowledge(final)
    await this.#ask('take', final.body)
    return final.body
  }

  /** What it heard of a melody in so many seconds from now. */
  async hears(melody: ToneSequence, seconds = 4): Promise<HeardSequence> {
    const samples = await this.#ask<number[]>('hear', seconds)
    return heardSequence({ rate: RATE, samples: Float32Array.from(samples) }, melody)
  }

  /** What the browser says of its connection. */
  state(): Promise<BrowserState> {
    return this.#ask('state')
  }

  async hangUp(): Promise<void> {
    await this.#dialog?.bye()
  }

  #ask<T>(what: string, argument?: unknown): Promise<T> {
    return this.#page.evaluate(`booth.${what}(${argument === undefined ? '' : JSON.stringify(argument)})`)
  }
}

const isWithin = (message: Message) => tagOf(header(message, 'To')) !== ''

/** Answers what the box asks within a call, such as whether somebody is still there. */
function oblige(sip: Phone): void {
  const at = sip.inbox.findIndex(
    message => ['OPTIONS', 'UPDATE', 'INFO', 'BYE'].includes(method(message)) && status(message) === 0,
  )
  const [request] = at < 0 ? [] : sip.inbox.splice(at, 1)
  if (request) sip.reply(request, 200)
}
