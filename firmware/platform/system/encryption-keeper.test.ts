// The certificate for phones that encrypt over the years: kept, renewed, told about when it cannot be.
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { until } from '../../../hw-tests/lab/until.ts'
import type { Encryption } from '../../kernel/call/sip-port.ts'
import { PbxError } from '../../kernel/errors.ts'
import { FakeClock } from '../../testkit/fake-clock.ts'
import { type EncryptionOptions, keepEncryption } from './encryption-keeper.ts'

const silent = { error() {}, warn() {}, info() {}, debug() {} }

interface Rig {
  readonly clock: FakeClock
  readonly told: Encryption[]
  readonly keys: string
  settings: ReturnType<EncryptionOptions['settings']>
  refuses: string
  keeper(): ReturnType<typeof keepEncryption>
  /** The document changes. */
  changed(): void
}

async function rigOf(t: ExecutionContext): Promise<Rig> {
  const folder = await mkdtemp(join(tmpdir(), 'keeper-'))
  t.teardown(() => rm(folder, { recursive: true }))
  const clock = new FakeClock()
  let observer: (fact: { name: string }) => void = () => {}
  const rig: Rig = {
    clock,
    told: [],
    keys: join(folder, 'box'),
    settings: { clients: 'never', authorities: '' },
    refuses: '',
    keeper() {
      const setEncryption = (o: Encryption) => {
        if (o.authorities === rig.refuses) throw new PbxError('switch.bad-certificate', 'no authority can be read')
        rig.told.push(o)
      }
      const options = { clock, log: silent, keys: rig.keys, names: ['box'], settings: () => rig.settings }
      const keeper = keepEncryption({ setEncryption }, options)
      t.teardown(() => keeper.close())
      void keeper.begin({
        observe(then) {
          observer = then
          return () => {}
        },
      })
      return keeper
    },
    changed: () => observer({ name: 'document.changed' }),
  }
  return rig
}

test('a certificate is made at the first start, and shown again at the next one before anything else', async t => {
  const rig = await rigOf(t)
  const first = rig.keeper()
  await until('it to be shown', () => rig.told.length === 1)
  t.regex(rig.told[0]?.certificate ?? '', /BEGIN CERTIFICATE/)
  t.like(rig.told[0], { clients: 'never' })
  t.is(first.problem(), undefined)
  first.close()
  rig.keeper()
  t.is(rig.told.length, 2, 'at once')
  t.deepEqual(rig.told[1], rig.told[0])
})

test('settings count at once; those that cannot be used are a problem, and the former ones stay', async t => {
  const rig = await rigOf(t)
  const keeper = rig.keeper()
  await until('it to be shown', () => rig.told.length === 1)
  rig.changed()
  t.is(rig.told.length, 1, 'nothing of it has changed')
  rig.settings = { clients: 'always', authorities: 'PEM of a maker' }
  rig.changed()
  t.like(rig.told[1], { clients: 'always', authorities: 'PEM of a maker' })
  rig.refuses = 'no PEM'
  rig.settings = { clients: 'always', authorities: 'no PEM' }
  rig.changed()
  t.is(rig.told.length, 2)
  t.is(keeper.problem()?.code, 'encryption.certificate-not-usable')
  rig.settings = { clients: 'when-given', authorities: '' }
  rig.changed()
  t.regex(rig.told[2]?.authorities ?? '', /BEGIN CERTIFICATE/, 'the authority of the box')
  t.is(keeper.problem(), undefined)
})

test('it is made anew 30 days before it runs out; when that fails it is told, and tried until it succeeds', async t => {
  const rig = await rigOf(t)
  const keeper = rig.keeper()
  await until('it to be shown', () => rig.told.length === 1)
  t.is(keeper.metrics().sip_certificate_days_left, 397)
  await rm(rig.keys, { recursive: true })
  await writeFile(rig.keys, 'a file in the place of the directory')
  rig.clock.setWall(rig.clock.now() + 375 * 86_400_000)
  await until('the failure to be told', async () => {
    await rig.clock.advance('12h')
    return keeper.problem() !== undefined && /not renewed: /.test(keeper.problem()?.text ?? '')
  })
  t.like(keeper.problem(), { code: 'encryption.certificate-runs-out', severity: 'warning' })
  t.is(rig.told.length, 1)
  await rm(rig.keys)
  await until('a new one', async () => {
    await rig.clock.advance('1m')
    return rig.told.length === 2
  })
  t.is(keeper.problem(), undefined)
  t.true((keeper.metrics().sip_certificate_days_left ?? 0) > 390)
})
