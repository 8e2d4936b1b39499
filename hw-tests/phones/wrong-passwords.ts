// Somebody who guesses a password from many addresses at once: `node wrong-passwords.ts '{"server":…,"hosts":[…]}'`.
// First every address asks for its challenge, then all guesses leave in one go; what was answered is printed as JSON.

import { header, type Message, method, status } from '../../native/pjsip-binding/test/message.ts'
import { Phone } from '../../native/pjsip-binding/test/phone.ts'

export interface WrongPasswords {
  readonly server: { readonly host: string; readonly port: number }
  /** Addresses of this machine to guess from. */
  readonly hosts: readonly string[]
  readonly user: string
  readonly guessesPerHost: number
}
export interface GuessesAnswered {
  readonly sent: number
  /** Guesses that were looked at and refused. */
  readonly refused: number
  readonly accepted: number
}

/** No guess is answered any more when none was for so long, milliseconds. */
const QUIET = 3000

async function guess(o: WrongPasswords): Promise<GuessesAnswered> {
  const account = { user: o.user, secret: 'guess' }
  const phones = await Promise.all(o.hosts.map(host => Phone.open({ server: o.server, host, account })))
  const challenges: Message[] = []
  for (const phone of phones) challenges.push(await challenged(phone))
  const guesses = Array.from({ length: o.guessesPerHost }, (_, n) => n + 1)
  for (const nth of guesses) for (const [i, phone] of phones.entries()) attempt(phone, challenges[i] as Message, nth)
  const answers = await whenQuiet(phones)
  for (const phone of phones) phone.close()
  const among = (code: number) => answers.filter(one => status(one) === code && method(one) === 'REGISTER').length
  return { sent: phones.length * o.guessesPerHost, refused: among(401), accepted: among(200) }
}

async function challenged(phone: Phone): Promise<Message> {
  for (let tries = 0; ; tries += 1) {
    send(phone, 1, [])
    try {
      return await phone.response(401, 'REGISTER', 2000)
    } catch (error) {
      // The one datagram may be lost, as any may.
      if (tries === 10) throw error
    }
  }
}

function attempt(phone: Phone, challenge: Message, nth: number): void {
  const uri = `sip:[${phone.server.host}]`
  send(phone, 1 + nth, [phone.authorize(challenge, { method: 'REGISTER', uri, nc: nth })])
}

function send(phone: Phone, cseq: number, more: readonly string[]): void {
  const { user } = phone.account
  const id = `${phone.sipPort}-${phone.host.replaceAll(':', '-')}`
  const people = [`From: <sip:${user}@plant>;tag=g`, `To: <sip:${user}@plant>`]
  const rest = [`Call-ID: ${id}`, `CSeq: ${cseq} REGISTER`, 'Max-Forwards: 70', `Contact: ${phone.contact}`]
  phone.send({
    start: `REGISTER sip:[${phone.server.host}] SIP/2.0`,
    headers: [phone.via(), ...people, ...rest, ...more],
  })
}

/** All that was answered, once nothing has come for a while; one answer to each request. */
async function whenQuiet(phones: readonly Phone[]): Promise<Message[]> {
  let [seen, since] = [-1, performance.now()]
  for (;;) {
    const answers = phones.flatMap(phone => phone.inbox)
    if (answers.length !== seen) [seen, since] = [answers.length, performance.now()]
    if (performance.now() - since > QUIET) {
      return [...new Map(answers.map(one => [`${header(one, 'Call-ID')} ${header(one, 'CSeq')}`, one])).values()]
    }
    await new Promise(resolve => setTimeout(resolve, 50))
  }
}

if (process.argv[1] === import.meta.filename)
  console.log(JSON.stringify(await guess(JSON.parse(process.argv[2] ?? '{}') as WrongPasswords)))
