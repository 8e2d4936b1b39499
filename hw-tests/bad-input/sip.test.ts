// What strangers may send to a box while people talk: damaged SIP, foreign RTP, floods of wrong passwords.
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import { seeded } from '../../native/pjsip-binding/test/mutations.ts'
import { rtpPackets } from '../audio/rtp-sender.ts'
import { toneSequence, toneSound } from '../audio/tone-sequence.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty, engineOf } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { InviteFlood } from '../phones/invite-flood.ts'
import { hearEachOther, talk, Voice } from '../phones/voice.ts'
import { RowdyPhone, story } from './rowdy-phones.ts'
import { overTcp, overTls, overUdp } from './storm.ts'

const OVER_UDP = 16_000
const OVER_TCP = 5_000
const OVER_TLS = 1_000
const STORIES = 6
const SEED = 20_261_120

async function boxWith(t: ExecutionContext, numbers: readonly string[]): Promise<TestBox> {
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  await box.stations(numbers)
  return box
}

/** Phones that behave, but for what goes along; how many damaged copies did. */
async function rowdyStories(t: ExecutionContext, box: TestBox): Promise<number> {
  const start = (number: string, host: string) => RowdyPhone.start(box, number, { host, copies: 8, seed: SEED })
  const [a, b] = [await start('203', '127.0.0.53'), await start('204', '127.0.0.54')]
  for (const { phone } of [a, b]) t.teardown(() => phone.close())
  for (let n = 0; n < STORIES; n++) await story(a, b, n)
  for (const one of [a, b]) await one.calmsDown()
  return a.sent + b.sent
}

test.serial('twenty thousand damaged messages over UDP, TCP and TLS disturb neither a call nor the box', async t => {
  const box = await boxWith(t, ['201', '202', '203', '204'])
  const [a, b] = [await Voice.registered(t, box, '201'), await Voice.registered(t, box, '202')]
  const call = await talk(a, b)
  const before = { pid: box.pidOf('supervisor'), requests: (await engineOf(box)).counters['requests-in'] ?? 0 }
  const to = { host: box.host, port: box.sipPort }
  const tls = { ...to, port: box.sipTlsPort }
  const [, connections, encrypted, harm] = await Promise.all([
    overUdp({ to, count: OVER_UDP, seed: SEED }),
    overTcp({ to, count: OVER_TCP, seed: SEED + 1 }),
    overTls({ to: tls, count: OVER_TLS, seed: SEED + 2, caFile: box.encrypted.caFile }),
    rowdyStories(t, box),
  ])
  const understood = async () => ((await engineOf(box)).counters['requests-in'] ?? 0) - before.requests
  // A crowded machine reads on for a while.
  await until('more than a thousand could be read', async () => (await understood()) > 1000)
  t.log(
    `${OVER_UDP + OVER_TCP + OVER_TLS} messages, ${connections} connections and ${encrypted} encrypted ones, ${harm} copies of ` +
      `what phones really said, ${await understood()} could be read as requests`,
  )
  await hearEachOther(t, a, b)
  await call.hangUp()
  await engineIsEmpty(box, 60)
  t.is(box.pidOf('supervisor'), before.pid)
  const again = await talk(b, a)
  await hearEachOther(t, a, b)
  await again.hangUp()
})

test.serial('RTP of strangers, whole or broken, is never heard on ports in use', async t => {
  const box = await boxWith(t, ['201', '202'])
  const [a, b] = [await Voice.registered(t, box, '201'), await Voice.registered(t, box, '202')]
  const call = await talk(a, b)
  await hearEachOther(t, a, b)
  const ports = (await engineOf(box)).legs.flatMap(({ rtpPort }) => rtpPort ?? [])
  t.is(ports.length, 2)
  const foreign = toneSequence(99)
  const random = seeded(SEED)
  const sockets = await Promise.all(
    ['127.0.0.1', '127.0.0.9'].map(async host => {
      const socket = createSocket('udp4')
      socket.bind(0, host)
      await once(socket, 'listening')
      t.teardown(() => socket.close())
      return socket
    }),
  )
  let sent = 0
  const packets = rtpPackets(toneSound({ ...foreign, levelDbfs: -3 }), 'PCMU', 0xbad)
  const speak = setInterval(() => {
    const packet = Buffer.from(packets[sent % packets.length] ?? [])
    const broken = Buffer.from(packet.subarray(0, Math.floor(random() * packet.length)))
    if (broken.length > 0) broken[Math.floor(random() * broken.length)] = Math.floor(random() * 256)
    for (const socket of sockets)
      for (const port of ports) {
        socket.send(packet, port, box.host)
        socket.send(broken, port, box.host)
        socket.send(broken, port + 1, box.host)
      }
    sent++
  }, 5)
  t.teardown(() => clearInterval(speak))
  const [atA, atB] = await Promise.all([a.hears(b.melody, 250), b.hears(a.melody, 250)])
  clearInterval(speak)
  t.log(`${sent * 12} packets of strangers`)
  t.true(sent > 200)
  for (const heard of [atA, atB]) {
    t.true(heard.times >= 1, `the melody was not heard whole: ${JSON.stringify(heard.tones)}`)
    t.true(heard.levelDbfs < -10, `louder than anybody sang: ${heard.levelDbfs} dBFS`)
  }
  await hearEachOther(t, a, b)
  await call.hangUp()
  await engineIsEmpty(box)
})

test.serial(
  'a flood of wrong passwords is throttled, and phones that know theirs register and call meanwhile',
  async t => {
    const box = await boxWith(t, ['201', '202', '203'])
    const known = await Voice.registered(t, box, '201')
    const to = { host: box.host, port: box.sipPort }
    const flood = await InviteFlood.start({ to, user: '203', password: 'guessed', dials: '201', perSecond: 300 })
    t.teardown(() => flood.stop())
    const throttled = async () => ((await engineOf(box)).counters.throttled ?? 0) > 100
    await until('the flood is throttled', throttled, { seconds: 20, everyMilliseconds: 100 })
    const answered = flood.answered(401)
    const sent = flood.sent
    // From the flooder's own address, a phone that proved itself before; from another address, a phone like any.
    await known.phone.register()
    const elsewhere = await Voice.registered(t, box, '202', { host: '127.0.0.2' })
    const call = await talk(known, elsewhere)
    await hearEachOther(t, known, elsewhere)
    await call.hangUp()
    t.log(`${flood.sent} wrong passwords, ${flood.answered(401)} were looked at or challenged`)
    t.true(flood.sent - sent > 500)
    t.true(flood.answered(401) - answered < (flood.sent - sent) / 4, 'most are not even answered')
    t.is(flood.answered(200), 0)
    flood.pause()
    await engineIsEmpty(box, 60)
  },
)
