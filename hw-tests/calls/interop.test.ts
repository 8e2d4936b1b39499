// Phones of three makes and SIPp: each with each codec, way and encryption once in each direction. What one hears is judged by
// what the other sang. `interop.slow.ts` runs every make with every make.
import test, { type ExecutionContext } from 'ava'
import { answerer, caller, registration } from '../bench/sip-scenarios.ts'
import { TestBox } from '../lab/box.ts'
import { engineIsEmpty } from '../lab/engine.ts'
import { runSipp, Sipp } from '../phones/sipp.ts'
import { gather, MAKES, MANNERS, speakAll } from './interop-matrix.ts'

/** Each calls the next one, the last the first: every make calls once and is called once. */
const ROUND = MAKES.map((from, at) => [from, MAKES[(at + 1) % MAKES.length] ?? from] as const)
const HOSTS = ['127.0.0.1', '::1'] as const

/** Both start at once. */
const boxes = new Map<string, TestBox>()
test.before(async () => {
  await Promise.all(HOSTS.map(async host => void boxes.set(host, await TestBox.start({ host }))))
})
test.after.always(async () => {
  for (const box of boxes.values()) await box.stop()
})

for (const host of HOSTS)
  test.serial(`phones of three makes and SIPp call one another through a box at ${host}, in every manner`, async t => {
    const box = boxes.get(host)
    if (box === undefined) throw new Error(`no box has started at ${host}`)
    const manners = MANNERS.filter(manner => (manner.host ?? '127.0.0.1') === host)
    // Nobody starts beside those who speak: programs that do leave gaps in what is heard.
    for (const [at, manner] of manners.entries())
      await speakAll(t, box, await gather(t, box, { manner, pairs: ROUND, first: 201 + 10 * at }))
    await sippCallsSipp(t, box)
    await engineIsEmpty(box)
  })

const login = (number: string) => `[authentication username=${number} password=secret-of-${number}]`

/** From UDP and from TCP. Debian's SIPp has no TLS, and it makes no sound: signalling only. */
async function sippCallsSipp(t: ExecutionContext, box: TestBox): Promise<void> {
  const { host } = box
  await box.stations(['291', '292'])
  const called = await Sipp.start({ host, scenario: answerer, calls: 2, rows: [['61000']] })
  const rows = [['292', login('292'), String(called.port)]]
  t.is((await runSipp({ host, to: box.registrar, scenario: registration, calls: 1, rows })).succeeded, 1)
  for (const transport of ['udp', 'tcp'] as const) {
    const order = { host, to: box.registrar, scenario: caller, calls: 1, transport, more: ['-d', '200'] }
    const counts = await runSipp({ ...order, rows: [['291', login('291'), '292', '61200']] })
    t.deepEqual([counts.succeeded, counts.failed], [1, 0], transport)
  }
  t.is((await called.whenDone()).succeeded, 2)
}
