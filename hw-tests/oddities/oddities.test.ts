// Every odd way of a phone, by SIPp against the real switch: the call ends as it should, and nothing is left of it.
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import type { SipEvent } from '../../firmware/kernel/call/sip-port.ts'
import { Bench, TIMERS } from '../../native/pjsip-binding/test/bench.ts'
import { until } from '../lab/until.ts'
import { runSipp, Sipp } from '../phones/sipp.ts'
import { echoingRouter, forgetfulRouter, losingLine, type Middle, tricklingLine } from './middle.ts'
import { ODDITIES } from './oddities.ts'
import type { Oddity } from './oddity.ts'

/** Answers what comes, or passes it on to whoever waits at `called`. */
function attend(bench: Bench, odd: Oddity, called: number): void {
  const { sip } = bench
  const partner = new Map<string, string>()
  const take = (event: SipEvent): void => {
    if (event.type === 'invite' && odd.called !== undefined) {
      partner.set('out', event.leg).set(event.leg, 'out')
      sip.invite({
        leg: 'out',
        target: { uri: `sip:202@127.0.0.1:${called}` },
        from: { number: '201', name: '' },
        to: '202',
        media: { kind: 'relay', with: event.leg },
        lane: 'new',
      })
    } else if (event.type === 'invite') {
      sip.ring(event.leg, { status: 180 })
      if (odd.unanswered !== true) sip.answer(event.leg, { kind: 'box' })
    }
    const other = 'leg' in event && event.leg !== undefined ? partner.get(event.leg) : undefined
    if (event.type === 'answered' && event.leg === 'out' && other !== undefined)
      sip.answer(other, { kind: 'relay', with: 'out' })
    if (event.type === 'ended' && other !== undefined) sip.hangup(other, 'answered')
  }
  sip.on(events => events.forEach(take))
}

async function middleOf(odd: Oddity, box: number): Promise<Middle | undefined> {
  if (odd.through === 'router') return forgetfulRouter(box, text => text.startsWith('ACK'))
  if (odd.through === 'echo') return echoingRouter(box)
  if (odd.through === 'loss') return losingLine(box, text => text.startsWith('ACK'))
  return odd.through === 'trickle' ? tricklingLine(box) : undefined
}

/** What SIPp says went wrong, on either side. */
function complaints(folder: string): string {
  return ['caller', 'called']
    .map(side => join(folder, side, 'errors.log'))
    .flatMap(file => (existsSync(file) ? [readFileSync(file, 'utf8')] : []))
    .join('\n')
}

for (const odd of ODDITIES)
  test.serial(odd.title, async t => {
    // A trickle takes its time: what is meant to be lost is lost soon enough in the others.
    const timers = odd.through === 'trickle' ? { t1: 200, t2: 800, t4: 100, td: 6000 } : TIMERS
    const brief = { ...timers, session: odd.session ?? 1800, sessionLeast: 2 }
    const bench = await Bench.start({ transports: ['udp', 'tcp'], timers: brief })
    t.teardown(() => bench.stop())
    bench.sip.setTrunks({ networks: ['127.0.0.1/32'], contacts: [] })
    const middle = await middleOf(odd, bench.port)
    if (middle) t.teardown(() => middle.close())
    const folder = mkdtempSync(join(tmpdir(), 'odd-'))
    t.teardown(() => rmSync(folder, { recursive: true, force: true }))
    for (const side of ['caller', 'called']) mkdirSync(join(folder, side))
    const called =
      odd.called === undefined
        ? undefined
        : await Sipp.start({ scenario: odd.called, calls: 1, folder: join(folder, 'called') })
    attend(bench, odd, called?.port ?? 0)
    const calling = runSipp({
      folder: join(folder, 'caller'),
      scenario: odd.caller,
      to: `127.0.0.1:${middle?.port ?? bench.port}`,
      service: '600',
      calls: 1,
      transport: odd.through === 'trickle' ? 'tcp' : 'udp',
    })
    const isInbound = (event: SipEvent) => event.type === 'ended' && event.leg !== 'out'
    if (odd.boxEndsAfterInfo) {
      await until('the call is up', () => bench.events.some(event => event.type === 'answered'))
      const { leg } = await bench.event('invite')
      await until('the phone is heard from elsewhere', () => (bench.sip.dump().counters['dialogs-moved'] ?? 0) > 0)
      bench.sip.hangup(leg, 'answered')
    }
    const counts = await calling
    const told = counts.succeeded === 1 ? '' : complaints(folder)
    t.deepEqual([counts.succeeded, counts.failed, counts.unexpected], [1, 0, 0], told)
    if (called) t.is((await called.whenDone()).succeeded, 1, `who was called: ${complaints(folder)}`)
    await until('the call is over', () => bench.events.some(isInbound))
    const ended = bench.events.filter(isInbound)
    t.deepEqual(
      ended.map(event => (event.type === 'ended' ? event.cause : '')),
      [odd.cause],
    )
    await bench.settled()
  })
