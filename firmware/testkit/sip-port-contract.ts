// What every SipPort promises, as one suite: the fake switch of scenario tests is kept honest by the real one on loopback.
import type { ExecutionContext } from 'ava'
import type { LegId } from '../kernel/call/sip-port.ts'
import { makeAuthority, makeLeaf } from '../platform/http/certificate.ts'
import { sendings } from './sip-port-elsewhere.ts'
import { encryption } from './sip-port-encryption.ts'
import { lamps } from './sip-port-lamps.ts'
import { overhearing } from './sip-port-overhearing.ts'
import { left, type SipRig, Stage } from './sip-port-stage.ts'

type Tests = (title: string, body: (t: ExecutionContext) => Promise<void>) => void
export function sipPortContract(test: Tests, o: { name: string; open(): Promise<SipRig> }): void {
  const rigTest = (what: string, body: (stage: Stage, t: ExecutionContext) => Promise<void>) => {
    test(`${o.name}: ${what}`, async t => {
      const rig = await o.open()
      try {
        const stage = new Stage(rig)
        await body(stage, t)
        await stage.empty(t)
      } finally {
        await rig.close()
      }
    })
  }
  for (const part of [beginnings, endings, sendings, conversations, sounds, overhearing, encryption, lamps])
    part(rigTest)
}

export type RigTest = (what: string, body: (stage: Stage, t: ExecutionContext) => Promise<void>) => void

function beginnings(rigTest: RigTest): void {
  rigTest('a call comes in, hears ringing, has early media, is answered, in this order', async (stage, t) => {
    const peer = await stage.rig.peer('201')
    peer.dials('600')
    const invite = await stage.event('invite')
    t.deepEqual([invite.dialled, invite.line, invite.emergency], ['600', 'lin_201', false])
    stage.port.ring(invite.leg, { status: 180 })
    await stage.rig.until('ringing', () => peer.hearsRinging())
    t.false(peer.hasEarlyMedia())
    stage.port.ring(invite.leg, { status: 183, media: { kind: 'box' } })
    await stage.rig.until('early media', () => peer.hasEarlyMedia())
    stage.port.answer(invite.leg, { kind: 'box' })
    await stage.event('answered')
    await stage.reaches(peer, 'talking')
    peer.hangsUp()
    const ended = await stage.event('ended')
    t.deepEqual([ended.leg, ended.cause, ended.by], [invite.leg, 'answered', 'far'])
    const story = stage.rig.events.map(event => event.type).filter(type => /^(invite|answered|ended)$/.test(type))
    t.deepEqual(story, ['invite', 'answered', 'ended'])
  })

  rigTest('a phone that is called rings, answers, and the box hangs up', async (stage, t) => {
    const { peer, leg } = await stage.callee('202')
    t.deepEqual(
      stage.all('progress').map(one => [one.leg, one.status, one.media]),
      [[leg, 180, false]],
    )
    stage.port.hangup(leg, 'answered')
    await stage.reaches(peer, 'over')
    const ended = await stage.event('ended')
    t.deepEqual([ended.cause, ended.status, ended.by], ['answered', 200, 'box'])
  })

  rigTest('whom nobody looked up is unreachable at once, who is silent when his time is over', async (stage, t) => {
    const order = { from: { number: '200', name: '' }, to: '5551000', media: { kind: 'box' }, lane: 'new' } as const
    stage.port.invite({ leg: 'named', target: { uri: 'sip:5551000@carrier.example' }, ...order })
    const unknown = await stage.event('ended')
    t.deepEqual([unknown.leg, unknown.cause, unknown.status, unknown.by], ['named', 'unreachable', 503, 'box'])
    const via = { family: 4, host: '127.0.0.1', port: 9, transport: 'udp' } as const
    const target = { uri: 'sip:5551000@carrier.example', via }
    stage.port.invite({ leg: 'silent', target, ...order, deadlines: { answer: 300, ringing: 0 } })
    const late = await stage.event('ended')
    t.deepEqual([late.leg, late.cause, late.status, late.by], ['silent', 'unreachable', 408, 'timeout'])
  })

  rigTest('a phone at the address of a trunk is the phone that it is', async (stage, t) => {
    stage.port.setTrunks({ networks: ['127.0.0.0/8', '10.0.0.0/8'], contacts: ['600'] })
    const peer = await stage.rig.peer('201')
    peer.dials('600')
    const invite = await stage.event('invite')
    t.deepEqual([invite.line, invite.dialled], ['lin_201', '600'])
  })

  rigTest('a certificate and a key that do not belong together are refused, and nothing changes', async (stage, t) => {
    const authority = await makeAuthority('box', 0)
    const [own, other] = [await makeLeaf(authority, ['box'], 0), await makeLeaf(authority, ['box'], 0)]
    stage.port.setEncryption({ certificate: own.certificate, key: own.key, clients: 'never' })
    const wrong = { certificate: own.certificate, key: other.key, clients: 'never' as const }
    t.throws(() => stage.port.setEncryption(wrong), { code: 'switch.bad-certificate' })
  })

  rigTest('legs are known to dump while they last, with whom they are bridged', async (stage, t) => {
    const [a, b] = [await stage.caller('201'), await stage.callee('202')]
    stage.port.bridge(a.leg, b.leg)
    const partner = (leg: LegId) => stage.port.dump().legs.find(one => one.leg === leg)?.bridgedWith
    await stage.rig.until('a bridge', () => partner(a.leg) === b.leg && partner(b.leg) === a.leg)
    stage.port.unbridge(b.leg)
    await stage.rig.until('no bridge', () => partner(a.leg) === undefined && partner(b.leg) === undefined)
    t.is(stage.port.dump().legs.length, 2)
  })
}

function endings(rigTest: RigTest): void {
  rigTest('a caller who gives up is cancelled by the far side', async (stage, t) => {
    const peer = await stage.rig.peer('201')
    peer.dials('600')
    const { leg } = await stage.event('invite')
    stage.port.ring(leg, { status: 180 })
    await stage.rig.until('ringing', () => peer.hearsRinging())
    peer.cancels()
    const ended = await stage.event('ended')
    t.deepEqual([ended.leg, ended.cause, ended.by], [leg, 'cancelled', 'far'])
    await stage.reaches(peer, 'over')
    t.is(peer.refusedWith(), 487)
    // What was on its way to it meanwhile is dropped.
    stage.port.answer(leg, { kind: 'box' })
    stage.port.hangup(leg, 'answered')
  })

  rigTest('a caller is refused with the status of the cause', async (stage, t) => {
    const peer = await stage.rig.peer('201')
    peer.dials('600')
    const { leg } = await stage.event('invite')
    stage.port.hangup(leg, 'busy')
    await stage.reaches(peer, 'over')
    t.is(peer.refusedWith(), 486)
    const ended = await stage.event('ended')
    t.deepEqual([ended.leg, ended.cause, ended.status, ended.by], [leg, 'busy', 486, 'box'])
  })

  rigTest('phones that are busy or decline end with their causes', async (stage, t) => {
    for (const [status, cause] of [
      [486, 'busy'],
      [603, 'declined'],
    ] as const) {
      const peer = await stage.rig.peer(status === 486 ? '201' : '202')
      const leg = stage.invite(peer)
      await stage.reaches(peer, 'ringing')
      peer.refuses(status)
      const ended = await stage.event('ended')
      t.deepEqual([ended.leg, ended.cause, ended.status, ended.by], [leg, cause, status, 'far'])
    }
  })

  rigTest('a ringing phone that is given up stops ringing', async (stage, t) => {
    const peer = await stage.rig.peer('202')
    const leg = stage.invite(peer)
    await stage.reaches(peer, 'ringing')
    await stage.event('progress')
    stage.port.hangup(leg, 'elsewhere-answered')
    await stage.reaches(peer, 'over')
    const ended = await stage.event('ended')
    t.deepEqual([ended.cause, ended.status, ended.by], ['elsewhere-answered', 487, 'box'])
  })

  rigTest('an answer and a hang-up that cross end the leg once', async stage => {
    const peer = await stage.rig.peer('202')
    const leg = stage.invite(peer)
    await stage.reaches(peer, 'ringing')
    peer.answers()
    stage.port.hangup(leg, 'cancelled')
    await stage.event('ended', event => event.leg === leg)
    await stage.reaches(peer, 'over')
  })

  rigTest('commands for a leg that has ended are dropped, and wrong ones throw', async (stage, t) => {
    const { peer, leg } = await stage.caller('201')
    peer.hangsUp()
    await stage.event('ended')
    await stage.rig.sound('late', 0.2)
    const said = stage.rig.events.length
    stage.port.ring(leg, { status: 180 })
    stage.port.answer(leg, { kind: 'box' })
    stage.port.play(leg, 'late', { sounds: ['late'], repeats: 1, gapMilliseconds: 0 })
    stage.port.stopPlay(leg, 'late')
    stage.port.unbridge(leg)
    stage.port.bridge(leg, leg)
    stage.port.mix('late', [{ leg, speaks: true, hears: true }])
    stage.port.unmix('late')
    stage.port.sendInfo(leg, 'text/plain', 'late')
    stage.port.stopRecord(leg)
    stage.port.hangup(leg, 'answered')
    stage.port.respond('nobody asked', 200)
    await stage.rig.until('an empty switch', () => left(stage.port) === '')
    t.deepEqual(
      stage.rig.events.slice(said).filter(event => event.type !== 'log'),
      [],
    )

    t.throws(() => stage.port.ring(leg, { status: 200 as 180 }), { message: /180 or 183/ })
    t.throws(() => stage.port.hangup(leg, 'answered', { status: 100 }), { message: /final/ })
    t.throws(() => stage.port.respond('nobody asked', 42), { message: /status/ })
    const evil = { request: 'x', target: { uri: 'sip:1@127.0.0.1:9' }, lane: 'new' } as const
    t.throws(() => stage.port.outOfDialog({ ...evil, method: 'BYE' as 'MESSAGE' }), { message: /method/ })
    t.throws(() => stage.port.outOfDialog({ ...evil, method: 'REGISTER' }), { message: /registration/ })
    const headers = [{ name: 'X', value: 'a\r\nEvil: 1' }]
    t.throws(() => stage.port.outOfDialog({ ...evil, method: 'MESSAGE', headers }), { message: /line break/ })
  })
}

function conversations(rigTest: RigTest): void {
  rigTest('hold and its end are told', async (stage, t) => {
    const { peer, leg } = await stage.caller('201')
    peer.holds(true)
    const held = await stage.event('hold-changed')
    t.deepEqual([held.leg, held.held], [leg, true])
    peer.holds(false)
    t.false((await stage.event('hold-changed')).held)
  })

  rigTest('what a phone says in its call waits for an answer, and the box can say something too', async (stage, t) => {
    const { peer, leg } = await stage.caller('201')
    peer.tells('hello box')
    const message = await stage.event('message')
    t.deepEqual([message.leg, message.line, message.body], [leg, 'lin_201', 'hello box'])
    stage.port.respond(message.request, 202)
    await stage.rig.until('an answer', () => peer.outcomes().includes(202))
    stage.port.sendInfo(leg, 'text/plain', 'hello phone')
    await stage.rig.until('the INFO', () => peer.told().includes('hello phone'))
  })

  rigTest('a transfer is asked for and its outcome told', async (stage, t) => {
    const { peer, leg } = await stage.caller('201')
    peer.transfersTo('203')
    const refer = await stage.event('refer')
    t.is(refer.leg, leg)
    t.regex(refer.to, /203/)
    t.is(refer.replaces, undefined)
    stage.port.respond(refer.request, 200)
    await stage.rig.until('the outcome', () => peer.outcomes().includes(200))
  })

  rigTest('a call that is to replace another names its leg', async (stage, t) => {
    const { peer, leg } = await stage.caller('201')
    const third = await stage.rig.peer('203')
    third.dialsToReplace('600', peer)
    const invite = await stage.event('invite')
    t.deepEqual(invite.replaces, { leg, earlyOnly: false })
    stage.port.answer(invite.leg, { kind: 'box' })
    await stage.event('answered', event => event.leg === invite.leg)
    stage.port.hangup(leg, 'answered')
    await stage.reaches(peer, 'over')
    t.is(third.state(), 'talking')
  })

  rigTest('bridged legs hear one another until they are parted', async stage => {
    const [a, b] = [await stage.caller('201'), await stage.callee('202')]
    stage.port.bridge(a.leg, b.leg)
    await stage.rig.until('both to hear', () => a.peer.hears('202') && b.peer.hears('201'))
    stage.port.unbridge(a.leg)
    for (const { peer } of [a, b]) peer.listens()
    await stage.rig.until('silence', () => !a.peer.hears('202') && !b.peer.hears('201'))
  })

  rigTest('in a mix those who hear hear those who speak, until it is taken apart', async (stage, t) => {
    const [a, b, c] = [await stage.caller('201'), await stage.callee('202'), await stage.callee('203')]
    stage.port.mix('room', [
      { leg: a.leg, speaks: true, hears: true },
      { leg: b.leg, speaks: true, hears: true },
      { leg: c.leg, speaks: false, hears: true },
    ])
    await stage.rig.until('all to hear the first', () => b.peer.hears('201') && c.peer.hears('201'))
    await stage.rig.until('all to hear the second', () => a.peer.hears('202') && c.peer.hears('202'))
    t.false(a.peer.hears('203') || b.peer.hears('203'), 'who only listens is not heard')
    t.is(stage.port.dump().mixes, 1)
    stage.port.unmix('room')
    await stage.rig.until('no mix', () => stage.port.dump().mixes === 0)
  })

  rigTest('a mix ends with its last leg', async (stage, t) => {
    const { leg } = await stage.caller('201')
    stage.port.mix('alone', [{ leg, speaks: true, hears: true }])
    await stage.rig.until('the mix', () => stage.port.dump().mixes === 1)
    stage.port.hangup(leg, 'answered')
    await stage.event('ended')
    await stage.rig.until('no mix', () => stage.port.dump().mixes === 0)
    t.pass()
  })
}

function sounds(rigTest: RigTest): void {
  rigTest('a sound is heard and told at its end; one that is stopped is told as such', async (stage, t) => {
    await stage.rig.sound('short', 0.4)
    const { peer, leg } = await stage.caller('201')
    stage.port.play(leg, 'once', { sounds: ['short'], repeats: 2, gapMilliseconds: 20 })
    await stage.rig.until('the sound', () => peer.hears('short'))
    const played = await stage.event('played')
    t.deepEqual([played.leg, played.play, played.complete], [leg, 'once', true])
    stage.port.play(leg, 'endless', { sounds: ['short'], repeats: 0, gapMilliseconds: 0 })
    stage.port.stopPlay(leg, 'endless')
    const stopped = await stage.event('played')
    t.deepEqual([stopped.play, stopped.complete], ['endless', false])
    t.is(stage.port.dump().players, 0)
  })

  rigTest('what plays when a leg ends needs no word of its own: the end says it', async (stage, t) => {
    await stage.rig.sound('short', 0.4)
    const { peer, leg } = await stage.caller('201')
    stage.port.play(leg, 'endless', { sounds: ['short'], repeats: 0, gapMilliseconds: 0 })
    await stage.rig.until('the sound', () => peer.hears('short'))
    peer.hangsUp()
    await stage.event('ended')
    await stage.rig.until('no player', () => stage.port.dump().players === 0)
    t.deepEqual(stage.all('played'), [])
  })

  rigTest('a recording is told when it stops', async (stage, t) => {
    await stage.rig.sound('short', 0.4)
    const { leg } = await stage.caller('201')
    const file = stage.rig.file('call.wav')
    stage.port.record(leg, file)
    stage.port.play(leg, 'once', { sounds: ['short'], repeats: 1, gapMilliseconds: 0 })
    await stage.event('played')
    stage.port.stopRecord(leg)
    const recorded = await stage.event('recorded')
    t.deepEqual([recorded.leg, recorded.file, recorded.error], [leg, file, undefined])
    t.true(recorded.seconds > 0.1)
  })

  rigTest('a page reaches its listeners; one that comes late hears a whole round', async (stage, t) => {
    await stage.rig.sound('alarm', 0.5)
    const [a, b] = [await stage.callee('201'), await stage.callee('202')]
    stage.port.page({
      page: 'p1',
      source: { kind: 'playlist', playlist: { sounds: ['alarm'], repeats: 2, gapMilliseconds: 20 } },
      listeners: [{ id: 'early', kind: 'leg', leg: a.leg }],
      wholeRoundsForLate: 1,
    })
    await stage.event('page-started', event => event.listener === 'early')
    await stage.rig.until('the page', () => a.peer.hears('alarm'))
    await stage.event('page-round')
    stage.port.joinPage('p1', { id: 'late', kind: 'leg', leg: b.leg })
    await stage.event('page-started', event => event.listener === 'late')
    await stage.rig.until('the late one to hear', () => b.peer.hears('alarm'))
    const ended = await stage.event('page-ended')
    t.true(ended.complete)
    const rounds = new Map(ended.delivered.map(one => [one.listener, one.wholeRounds]))
    t.true((rounds.get('early') ?? 0) >= 2, `early: ${rounds.get('early')}`)
    t.true((rounds.get('late') ?? 0) >= 1, `late: ${rounds.get('late')}`)
    t.is(stage.port.dump().pages, 0)
  })

  rigTest('a page that is stopped ends once, not complete', async (stage, t) => {
    await stage.rig.sound('alarm', 0.5)
    const { leg } = await stage.callee('201')
    stage.port.page({
      page: 'p1',
      source: { kind: 'playlist', playlist: { sounds: ['alarm'], repeats: 0, gapMilliseconds: 0 } },
      listeners: [{ id: 'one', kind: 'leg', leg }],
      wholeRoundsForLate: 1,
    })
    await stage.event('page-started')
    stage.port.stopPage('p1')
    t.false((await stage.event('page-ended')).complete)
    stage.port.stopPage('p1')
    await stage.rig.until('no page', () => stage.port.dump().pages === 0)
    t.is(stage.all('page-ended').length, 1)
  })
}
