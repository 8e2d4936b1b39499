// Who is heard on one amplifier: pages that arrive as RTP, and stored messages that wait for audio not to arrive.
//
// INVARIANTS
// - A message is given up only because every press behind it was released, or because a page that covered it was ended
//   by `silence` after `audio-leaving` was said for each press. A page that merely stops gives the hall back to it.
// - Between page and message the page wins a tie; among pages the earlier does; messages take turns, a round each.
import { createPlayout, FRAME, type Playout } from './playout.ts'
import type { PressId } from './protocol.ts'
import type { RtpPacket } from './rtp.ts'

/** A page that sent nothing for so long has stopped; milliseconds. */
export const LOST_AFTER = 300
/** How long `audio-leaving` is believed without any audio; milliseconds. */
export const PROMISE = 1000

export interface Speaker {
  readonly owner: string
  readonly priority: number
  readonly ssrc: number
}
export interface MessageOrder {
  readonly press: PressId
  readonly key: string
  readonly plan: string
  /** Among messages: the alarm's. */
  readonly priority: number
  /** Among pages: a page of at least this priority takes the amplifier over. */
  readonly rank: number
  readonly repeats: number
  readonly gapMilliseconds: number
  /** Asked when it is about to be heard: the sound may still be on its way from the disk when the button is pressed. */
  samples(): Int16Array
  /** When it starts unless audio leaves; monotonic milliseconds. */
  readonly dueAt: number
}

interface Page extends Speaker {
  readonly playout: Playout
  heardAt?: number
  ending: boolean
}
interface Message {
  readonly priority: number
  readonly order: MessageOrder
  readonly presses: Map<string, { readonly press: PressId; dueAt: number; promised: boolean }>
  samples: Int16Array
  position: number
  round: number
  begun: boolean
  coveredBy?: string
}

export interface Arbiter {
  announce(speaker: Speaker): void
  silence(owner: string): void
  /** Returns false when nobody announced this sound. */
  packet(packet: RtpPacket, now: number): boolean
  arm(order: MessageOrder): void
  audioLeaving(key: string, now: number): void
  drop(keys: ReadonlySet<string>): void
  /** The next 20 ms, or undefined when there is nothing to be heard now. */
  next(now: number): Int16Array | undefined
  /** Whether anything is to be heard now or may have to be without being asked again. */
  busy(now: number): boolean
  /** Who is heard: `page:<owner>`, `message:<plan>`, or nothing.  */
  readonly heard: string | undefined
}

export function createArbiter(played: (press: PressId, complete: boolean) => void): Arbiter {
  const pages: Page[] = []
  const messages: Message[] = []
  let heard: string | undefined

  const alive = (page: Page, now: number) => page.heardAt !== undefined && now - page.heardAt <= LOST_AFTER
  const remove = <T>(from: T[], what: T) => void from.splice(from.indexOf(what), 1)
  const rewind = (message: Message) => {
    message.position = 0
  }
  /** A page went without a word: whoever counted on it is owed its message now. */
  const lose = (page: Page, now: number) => {
    delete page.heardAt
    page.playout.clear()
    for (const message of messages) {
      if (message.coveredBy !== page.owner) continue
      delete message.coveredBy
      for (const press of message.presses.values()) {
        press.promised = false
        press.dueAt = Math.min(press.dueAt, now)
      }
    }
  }
  const end = (page: Page) => {
    remove(pages, page)
    for (const message of [...messages]) {
      if (message.coveredBy !== page.owner) continue
      delete message.coveredBy
      for (const [key, { promised }] of message.presses) if (promised) dropPress(message, key)
    }
  }
  const dropPress = (message: Message, key: string) => {
    const found = message.presses.get(key)
    if (found === undefined) return
    message.presses.delete(key)
    if (message.begun) played(found.press, false)
    if (message.presses.size === 0) remove(messages, message)
  }
  const due = (message: Message, now: number) => [...message.presses.values()].some(p => p.dueAt <= now)
  const first = <T extends { priority: number }>(list: readonly T[]): T | undefined =>
    list.reduce<T | undefined>(
      (best, one) => (best === undefined || one.priority > best.priority ? one : best),
      undefined,
    )

  const sweep = (now: number) => {
    for (const page of [...pages]) {
      if (page.ending && page.playout.empty) end(page)
      else if (!page.ending && page.heardAt !== undefined && !alive(page, now)) lose(page, now)
    }
  }
  const hearPage = (page: Page): Int16Array | undefined => {
    heard = `page:${page.owner}`
    for (const message of messages) {
      if (message.order.rank > page.priority) continue
      message.coveredBy = page.owner
      rewind(message)
    }
    for (const other of pages) if (other !== page) other.playout.clear()
    return page.playout.next()
  }
  const hearMessage = (message: Message): Int16Array => {
    heard = `message:${message.order.plan}`
    for (const other of messages) if (other !== message) rewind(other)
    for (const page of pages) page.playout.clear()
    message.begun = true
    const { gapMilliseconds, repeats } = message.order
    if (message.position === 0) message.samples = message.order.samples()
    const samples = message.samples
    const frame = new Int16Array(FRAME)
    frame.set(samples.subarray(message.position, message.position + FRAME))
    message.position += FRAME
    const last = message.round + 1 >= repeats
    if (message.position >= samples.length + (last ? 0 : gapMilliseconds * 8)) {
      message.round += 1
      message.position = 0
      // Behind its equals: two alarms in one hall are both heard.
      remove(messages, message)
      messages.push(message)
    }
    if (message.round >= repeats) {
      remove(messages, message)
      for (const { press } of message.presses.values()) played(press, true)
    }
    return frame
  }

  return {
    announce(speaker) {
      const before = pages.find(p => p.owner === speaker.owner)
      if (before === undefined) pages.push({ ...speaker, playout: createPlayout(), ending: false })
      else pages.splice(pages.indexOf(before), 1, { ...before, ...speaker, ending: false })
    },
    silence(owner) {
      const page = pages.find(p => p.owner === owner)
      if (page !== undefined) page.ending = true
    },
    packet(packet, now) {
      const page =
        pages.find(p => p.ssrc === packet.ssrc) ??
        pages.find(p => p.ssrc === 0) ??
        (pages.length === 1 ? pages[0] : undefined)
      if (page === undefined || page.ending) return page !== undefined
      page.heardAt = now
      page.playout.push(packet)
      return true
    },
    arm(order) {
      const press = { press: order.press, dueAt: order.dueAt, promised: false }
      const same = messages.find(m => m.order.plan === order.plan && m.priority === order.priority)
      if (same !== undefined) {
        same.presses.set(order.key, press)
        return
      }
      const presses = new Map([[order.key, press]])
      messages.push({
        priority: order.priority,
        order,
        presses,
        samples: new Int16Array(0),
        position: 0,
        round: 0,
        begun: false,
      })
    },
    audioLeaving(key, now) {
      for (const { presses, begun } of messages) {
        const press = presses.get(key)
        if (press === undefined || press.promised) continue
        press.promised = true
        if (!begun) press.dueAt = now + PROMISE
      }
    },
    drop(keys) {
      for (const message of [...messages]) for (const key of keys) dropPress(message, key)
    },
    next(now) {
      sweep(now)
      heard = undefined
      const page = first(pages.filter(p => p.ending || alive(p, now)))
      const message = first(messages.filter(m => due(m, now)))
      if (page !== undefined && (message === undefined || page.priority >= message.order.rank)) return hearPage(page)
      return message === undefined ? undefined : hearMessage(message)
    },
    busy: now => messages.length > 0 || pages.some(p => p.ending || alive(p, now)),
    get heard() {
      return heard
    },
  }
}
