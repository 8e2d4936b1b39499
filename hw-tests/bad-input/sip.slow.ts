// A million damaged messages to a running box, over UDP, TCP and TLS, while phones call, and while somebody calls for help
// every few seconds: every one of those calls arrives, the box neither ends nor grows, and nothing is left of all that.
import { once } from 'node:events'
import { Worker } from 'node:worker_threads'
import test, { type ExecutionContext } from 'ava'
import { Phone } from '../../native/pjsip-binding/test/phone.ts'
import { residentKilobytes } from '../bench/cost.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty, engineOf } from '../lab/engine.ts'
import { until } from '../lab/until.ts'
import { RowdyPhone, story } from './rowdy-phones.ts'

/** MILLION=0.1 makes it a tenth. */
const SIZE = Math.round(1_000_000 * Number(process.env.MILLION ?? 1))
const SEED = Number(process.env.STORM_SEED ?? 20_261_130)
const BETWEEN_CALLS = 3000
/** Both phones say this often that they are still there, milliseconds: a fifth of what they were granted. */
const REGISTERED_EVERY = 60_000
/** A REGISTER may be lost in the crowd: so often it is said again, and so long an answer is waited for, milliseconds. */
const [TRIES, PATIENCE] = [20, 3000]
/** What a box may hold more at the end than when half was over: heaps breathe. */
const GROWTH_KB = 24 * 1024

/** The same storm three ways at once; resolves when it is over. */
async function storm(box: TestBox, count: number, seed: number): Promise<number> {
  const { caFile } = box.encrypted
  const ways = [
    { by: 'udp', port: box.sipPort, count: Math.round(count * 0.7), from: '127.0.0.9', paceOf: 250 },
    { by: 'tcp', port: box.sipPort, count: Math.round(count * 0.2), from: '127.0.0.10' },
    { by: 'tls', port: box.sipTlsPort, count: Math.round(count * 0.1), from: '127.0.0.11' },
  ]
  const done = ways.map(async ({ port, ...way }, n) => {
    const workerData = { ...way, to: { host: box.host, port }, caFile, seed: seed + n }
    const worker = new Worker(new URL('./storm-worker.ts', import.meta.url), { workerData })
    const [connections] = (await once(worker, 'message')) as [number]
    return connections
  })
  return (await Promise.all(done)).reduce((sum, one) => sum + one, 0)
}

/** Calls for help, one behind the other, until it is told to stop; tells how many arrived and were answered. */
class Help {
  placed = 0
  arrived = 0
  worstMilliseconds = 0
  #over = false
  #registeredAt = performance.now()
  readonly #caller: Phone
  readonly #guard: Phone

  static async start(t: ExecutionContext, box: TestBox): Promise<Help> {
    const phone = async (user: string, host: string) => {
      const account = { user, secret: `secret-of-${user}` }
      const made = await Phone.open({ server: { host: box.host, port: box.sipPort }, account, host })
      t.teardown(() => made.close())
      await made.register()
      return made
    }
    return new Help(await phone('201', '127.0.0.51'), await phone('202', '127.0.0.52'))
  }

  private constructor(caller: Phone, guard: Phone) {
    this.#caller = caller
    this.#guard = guard
  }

  stop(): void {
    this.#over = true
  }

  async run(): Promise<void> {
    while (!this.#over) {
      const at = performance.now()
      await this.#call()
      this.worstMilliseconds = Math.max(this.worstMilliseconds, performance.now() - at)
      await until('the next call', () => this.#over || performance.now() > at + BETWEEN_CALLS, {
        seconds: 10,
        everyMilliseconds: 50,
      })
    }
  }

  async #staysRegistered(): Promise<void> {
    if (performance.now() < this.#registeredAt + REGISTERED_EVERY) return
    for (const phone of [this.#caller, this.#guard]) await this.#register(phone)
    this.#registeredAt = performance.now()
  }

  async #register(phone: Phone): Promise<void> {
    for (let tries = 1; ; tries++)
      try {
        await phone.register({ patience: PATIENCE })
        return
      } catch (error) {
        if (tries === TRIES) throw error
      }
  }

  async #call(): Promise<void> {
    const [caller, guard] = [this.#caller, this.#guard]
    caller.inbox.length = 0
    guard.inbox.length = 0
    await this.#staysRegistered()
    this.placed++
    // A datagram may be lost: as any phone, it says its INVITE again until somebody answers.
    const said: string[] = []
    caller.onSend = text => said.push(text) > 0
    const dialog = await caller.invite('911', { challenged: false })
    caller.onSend = undefined
    const invite = said[0] ?? ''
    let sentAt = performance.now()
    await until('the guard’s phone rings', () => {
      if (guard.inbox.some(message => message.start.startsWith('INVITE'))) return true
      if (performance.now() > sentAt + 500) {
        sentAt = performance.now()
        caller.sendRaw(invite)
      }
      return false
    })
    this.arrived++
    const offered = await guard.request('INVITE')
    guard.reply(offered, 200, { tag: `g${this.placed}`, body: guard.sdp({ formats: '0 8 101' }) })
    dialog.acknowledge(await caller.response(200, 'INVITE'))
    await dialog.bye()
    guard.reply(await guard.request('BYE'), 200)
  }
}

async function guarded(t: ExecutionContext): Promise<TestBox> {
  const box = await TestBox.start()
  t.teardown(() => box.stop())
  const stations = await box.stations(['201', '202', '203', '204'])
  const guard = stations[1]
  if (!guard) throw new Error('no guard')
  await box.put('emergency-plan', { name: 'Gate', answeringPoints: [guard.extension] })
  return box
}

test('a million damaged messages cost no call for help, no memory, and leave nothing behind', async t => {
  t.timeout(3_600_000)
  const box = await guarded(t)
  const help = await Help.start(t, box)
  const helping = help.run()
  const rowdy = await Promise.all(
    ['203', '204'].map((number, n) =>
      RowdyPhone.start(box, number, { host: `127.0.0.5${n + 3}`, copies: 20, seed: SEED + n }),
    ),
  )
  for (const { phone } of rowdy) t.teardown(() => phone.close())
  const [a, b] = rowdy
  if (!a || !b) throw new Error('no phones')
  const pid = box.pidOf('supervisor')
  const sizes: number[] = []
  let stories = 0
  for (const quarter of [1, 2, 3, 4]) {
    let raging = true
    const raged = storm(box, SIZE / 4, SEED * quarter).finally(() => (raging = false))
    while (raging) await story(a, b, stories++)
    const connections = await raged
    for (const one of rowdy) await one.over()
    // What waits for an answer that never comes waits half a minute.
    await until('memory to settle', async () => (await engineOf(box)).legs.length <= 2, {
      seconds: 120,
      everyMilliseconds: 500,
    })
    sizes.push(residentKilobytes(pid))
    const { counters } = await engineOf(box)
    t.log(
      `quarter ${quarter}: ${connections} connections, RSS ${sizes.at(-1)} kB, ${help.arrived} calls for help; ${JSON.stringify(counters)}`,
    )
  }
  help.stop()
  await helping
  for (const one of rowdy) await one.calmsDown()
  await engineIsEmpty(box, 180)
  t.log(
    `${SIZE} messages and ${a.sent + b.sent} copies in ${stories} stories; ${help.placed} calls for help, the slowest took ${Math.round(help.worstMilliseconds)} ms from dialling to hanging up`,
  )
  t.is(box.pidOf('supervisor'), pid, 'the same process as before')
  t.is(help.arrived, help.placed)
  t.true(help.placed > 1)
  const [, half = 0, , whole = 0] = sizes
  t.true(whole - half < GROWTH_KB, `it grew from ${half} kB to ${whole} kB`)
})
