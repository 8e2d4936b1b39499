// Buttons on the network at a running box: a request over TLS as a CyberData device sends it, a kill, and a real SIP call.
import { request } from 'node:https'
import test from 'ava'
import type { Alarm } from '../../firmware/features/safety/alarms/alarm.ts'
import { Softphone } from '../../native/pjsip-binding/softphone/softphone.ts'
import { TestBox } from '../lab/box.ts'
import { until } from '../lab/until.ts'

interface Answer {
  readonly status: number
  readonly body: Record<string, unknown>
}

const posted = (box: TestBox, path: string, o: { body: string; idempotencyKey: string }): Promise<Answer> =>
  new Promise((resolve, reject) => {
    const headers = {
      'content-type': 'application/x-www-form-urlencoded',
      'user-agent': 'CyberData/1.0.0',
      'idempotency-key': o.idempotencyKey,
    }
    const where = { host: box.host, port: box.webPort, path, method: 'POST', headers, agent: false as const }
    const asked = request({ ...where, rejectUnauthorized: false }, answer => {
      let said = ''
      answer.setEncoding('utf8').on('data', (chunk: string) => (said += chunk))
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(said) }))
    })
    asked.on('error', reject)
    asked.end(o.body)
  })

const event = (name: string) =>
  encodeURIComponent(
    `<?xml version="1.0"?><cyberdata NAME='Crane' MAC='0020f70015b6'><event>${name}</event></cyberdata>`,
  )
const live = async (box: TestBox): Promise<readonly Alarm[]> =>
  (await box.ask<{ alarms: Alarm[] }>('alarms/live')).alarms

test.serial(
  'a press that was answered is never lost: the supervisor is killed at once, and the same request again is the same press',
  async t => {
    const box = await TestBox.start()
    t.teardown(() => box.stop())
    const [first] = await box.resources<{ id: string; rev: number; plan: string; location: string }>('button')
    if (first === undefined) throw new Error('a fresh box has buttons')
    const { plan, location } = first
    const button = await box.put('button', { name: 'Crane', plan, location, web: 'CyberData' })
    const { path } = await box.ask<{ path: string }>('panic-buttons/key', { button })

    const sign = await posted(box, path, { body: event('HEARTBEAT'), idempotencyKey: 'a' })
    t.like(sign, { status: 200, body: { heard: true } })
    t.is((await posted(box, path.slice(0, -1), { body: event('BUTTON'), idempotencyKey: 'a' })).status, 401)
    t.deepEqual(await live(box), [])

    const press = await posted(box, path, { body: event('BUTTON'), idempotencyKey: 'b' })
    box.signal('supervisor', 'SIGKILL')
    t.like(press, { status: 200, body: { pressed: true, again: false } })
    const former = box.output.length
    await until('the supervisor has ended and is back', async () => box.output.length > former, { seconds: 30 })
    const answers: Answer[] = []
    const again = async () => {
      const answer = await posted(box, path, { body: event('BUTTON'), idempotencyKey: 'b' }).catch(() => undefined)
      if (answer?.status === 200) answers.push(answer)
      return answers.length > 0
    }
    await until('the door is open again', again, { seconds: 60 })
    t.like(answers[0], { body: { pressed: true, again: true, alarm: press.body.alarm } })
    await box.ready()
    const [alarm] = await live(box)
    t.is(alarm?.presses.length, 1)
    await box.ask('alarms/clear', { alarm: alarm?.id })

    const [station] = await box.stations(['301'])
    if (station === undefined) throw new Error('a station was made')
    await box.put('device', { name: 'Gate button', kind: 'button' }, station.device)
    await box.put('button', { name: 'Gate', plan, location, device: station.device })
    const phone = await Softphone.start({ user: '301', password: station.secret, registrar: `sip:${box.registrar}` })
    t.teardown(() => phone.stop())
    await phone.register()
    const call = await phone.call('1')
    await call.whenAnswered()
    const [raised] = await live(box)
    t.regex(raised?.cause ?? '', /“Gate”/)
    t.is(raised?.presses.length, 1)
  },
)
