// Invariants 1, 2, 7, 9 and 10 of the model over random histories of changes, undo, restarts and a disk that fails.
import test from 'ava'
import fc from 'fast-check'
import { PbxError } from '../../kernel/errors.ts'
import type { ChangeSet, Operation } from '../../kernel/store.ts'
import { FakeClock } from '../../testkit/fake-clock.ts'
import { fileError, MemoryFiles } from '../../testkit/memory-files.ts'
import { devices, extensions, idOf, plant, type sites, tester, zones } from '../../testkit/sample-plant.ts'
import { InlineDisk } from './disk.ts'
import { compactDocument } from './document-files.ts'
import { FileStore } from './file-store.ts'
import { LiveFiles } from './live-files.ts'

const EMERGENCY = ['911', '933']
const FEW = 4

/** What a technician, a phone, a disk and a power switch do. */
type Step =
  | { readonly do: 'change'; readonly ops: readonly Operation[] }
  | { readonly do: 'undo'; readonly back: number }
  | { readonly do: 'live'; readonly id: string; readonly value: number | undefined }
  | { readonly do: 'disk'; readonly fault: 'full' | 'sync' | 'none' }
  | { readonly do: 'restart' }

const n = fc.integer({ min: 1, max: FEW })
const maybe = <T>(of: fc.Arbitrary<T>) => fc.option(of, { nil: undefined, freq: 2 })
const named = (prefix: string) =>
  fc.tuple(n, fc.integer({ min: 1, max: 15 })).map(([i, name]) => ({ id: idOf(prefix, i), name: `${prefix} ${name}` }))
const put = (kind: string, id: string, value: object): Operation => ({ op: 'put', kind, id, value })

const operation: fc.Arbitrary<Operation> = fc.oneof(
  named('sit').map(({ id, name }) => put('site', id, { name })),
  fc.tuple(named('dev'), n, maybe(fc.integer({ min: 0, max: 99 }))).map(([{ id, name }, site, secret]) =>
    put('device', id, {
      name,
      site: idOf('sit', site),
      ...(secret !== undefined && { secret: `hush-hush-${secret}` }),
    }),
  ),
  fc
    .tuple(named('ext'), fc.constantFrom('201', '202', '203', '911', '9'), maybe(n), maybe(n))
    .map(([{ id, name }, number, device, forward]) =>
      put('extension', id, {
        name,
        number,
        ...(device !== undefined && { device: idOf('dev', device) }),
        ...(forward !== undefined && { forward: { kind: 'extension', id: idOf('ext', forward) } }),
      }),
    ),
  fc
    .tuple(named('zon'), fc.array(n, { maxLength: 3 }))
    .map(([{ id, name }, members]) =>
      put('zone', id, { name, members: members.map(m => ({ device: idOf('dev', m) })) }),
    ),
  maybe(n).map(
    (zone): Operation => ({
      op: 'settings',
      feature: 'bells',
      value: { volume: zone ?? 0, ...(zone !== undefined && { zone: idOf('zon', zone) }) },
    }),
  ),
  fc
    .tuple(fc.constantFrom(['site', 'sit'], ['device', 'dev'], ['extension', 'ext'], ['zone', 'zon'] as const), n)
    .map(([[kind = '', prefix = ''], i]): Operation => ({ op: 'delete', kind, id: idOf(prefix, i) })),
)

const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 10,
    arbitrary: fc.array(operation, { minLength: 1, maxLength: 2 }).map((ops): Step => ({ do: 'change', ops })),
  },
  { weight: 4, arbitrary: fc.integer({ min: 0, max: 6 }).map((back): Step => ({ do: 'undo', back })) },
  {
    weight: 2,
    arbitrary: fc.tuple(n, maybe(fc.nat(9))).map(([i, value]): Step => ({ do: 'live', id: `l${i}`, value })),
  },
  {
    weight: 2,
    arbitrary: fc
      .constantFrom('full', 'sync', 'none', 'none', 'none', 'none')
      .map((fault): Step => ({ do: 'disk', fault })),
  },
  { weight: 2, arbitrary: fc.constant<Step>({ do: 'restart' }) },
)

/** So that most of what follows has something to point at. */
const FIRST: readonly Step[] = [
  { do: 'change', ops: [put('site', idOf('sit', 1), { name: 'a' }), put('site', idOf('sit', 2), { name: 'b' })] },
  {
    do: 'change',
    ops: [1, 2, 3].map(i =>
      put('device', idOf('dev', i), { name: `first ${i}`, site: idOf('sit', 1), secret: `hush-hush-${i}` }),
    ),
  },
  { do: 'change', ops: [put('zone', idOf('zon', 1), { name: 'hall', members: [{ device: idOf('dev', 1) }] })] },
]

/** One box over one disk, through its restarts. */
class Box {
  readonly files = new MemoryFiles()
  store = this.#openStore()
  facts = this.#openLive()
  live = this.#collection()
  readonly contents = new Map<number, Record<string, string>>([[0, this.content()]])

  #openStore(): FileStore {
    const store = new FileStore({
      ...plant,
      directory: '/data',
      files: this.files,
      disk: new InlineDisk(this.files),
      compact: async (directory, upTo) => compactDocument(this.files, directory, upTo),
      now: () => 1_000,
      report: () => {},
      foldAfter: 5,
    })
    store.reserveNumbers(EMERGENCY, 'emergency')
    return store
  }

  #collection() {
    return this.facts.collection<{ value: number }>('facts', { keep: 'power' })
  }

  #openLive(): LiveFiles {
    const clock = new FakeClock()
    return new LiveFiles({
      data: '/data',
      run: '/run',
      files: this.files,
      disk: new InlineDisk(this.files),
      clock,
    })
  }

  /** `kind/id` → its fields, byte for byte, without its revision. */
  content(): Record<string, string> {
    const found: Record<string, string> = { 'settings/bells': JSON.stringify(this.store.settings('bells')) }
    for (const kind of plant.kinds)
      for (const { rev: _, ...fields } of this.store.all(kind as typeof sites))
        found[`${kind.kind}/${fields.id}`] = JSON.stringify(fields)
    return found
  }

  async restart(): Promise<void> {
    this.files.fault = undefined
    await this.store.close()
    this.store = this.#openStore()
    this.facts = this.#openLive()
    this.live = this.#collection()
  }
}

const REFUSALS = [
  'store.invalid',
  'store.number-taken',
  'store.in-use',
  'store.undo-blocked',
  'store.not-found',
  'store.disk-full',
  'store.disk-failed',
]

async function attempt(work: () => Promise<ChangeSet>): Promise<ChangeSet | PbxError> {
  try {
    return await work()
  } catch (error) {
    if (error instanceof PbxError && REFUSALS.includes(error.code)) return error
    throw error
  }
}

function expect(holds: boolean, what: string): void {
  if (!holds) throw new Error(what)
}

const sorted = (content: Record<string, string>): string => JSON.stringify(Object.entries(content).sort())

async function take(box: Box, done: Step): Promise<void> {
  switch (done.do) {
    case 'change': {
      const before = sorted(box.content())
      const answer = await attempt(() => box.store.change({ why: 'random', author: tester, ops: done.ops }))
      if (answer instanceof PbxError) expect(sorted(box.content()) === before, `${answer.code} left a trace`)
      break
    }
    case 'undo':
      await undo(box, box.store.revision - done.back)
      break
    case 'live':
      await (done.value === undefined
        ? box.live.deleteNow(done.id)
        : box.live.setNow(done.id, { value: done.value })
      ).catch(() => {})
      break
    case 'disk':
      box.files.fault = {
        none: undefined,
        full: (operation: string) => (operation === 'append' ? fileError('ENOSPC') : undefined),
        sync: (operation: string) => (operation === 'sync' ? fileError('EIO') : undefined),
      }[done.fault]
      break
    default:
      await restart(box)
  }
  box.contents.set(box.store.revision, box.content())
}

/** Invariant 9: the former document byte for byte, or the later change that stands in the way. */
async function undo(box: Box, rev: number): Promise<void> {
  const before = box.content()
  const wanted = box.store.history(1_000).find(change => change.rev === rev)
  const answer = await attempt(() => box.store.undo(rev, tester))
  if (answer instanceof PbxError) {
    expect(sorted(box.content()) === sorted(before), `${answer.code} left a trace`)
    if (answer.code !== 'store.undo-blocked') return
    const blocker = Number(answer.fields.blockedBy)
    expect(blocker > rev && blocker <= box.store.revision, `undo of ${rev} names no later change: ${answer.message}`)
    return
  }
  const after = box.content()
  const former = box.contents.get(rev - 1)
  const touched = new Set(wanted?.changes.map(change => `${change.kind}/${change.id}`))
  for (const key of new Set([...Object.keys(before), ...Object.keys(after)]))
    expect(after[key] === (touched.has(key) ? former?.[key] : before[key]), `undo of ${rev} gave another ${key}`)
}

/** Invariant 7, and durability: the same answers as before. What was refused by the disk may be there or not in live. */
async function restart(box: Box): Promise<void> {
  const content = sorted(box.content())
  const revision = box.store.revision
  const refused = box.files.fault !== undefined
  if (!refused) await box.facts.settled()
  const facts = JSON.stringify([...box.live.all()].sort())
  await box.restart()
  expect(sorted(box.content()) === content && box.store.revision === revision, 'the document changed by a restart')
  if (!refused) expect(JSON.stringify([...box.live.all()].sort()) === facts, 'live facts changed by a restart')
  expect(box.store.problems().length === 0, `problems after a restart: ${JSON.stringify(box.store.problems())}`)
}

function checkDocument({ store, files }: Box): void {
  const there = (id: string | undefined, what: string): void =>
    expect(id === undefined || plant.kinds.some(kind => store.get(kind as typeof sites, id)), `${what} points nowhere`)
  for (const device of store.all(devices)) {
    there(device.site, device.name)
    expect(device.secret === undefined || /^hush-hush-\d+$/.test(store.secret(device.secret) ?? ''), 'a secret is lost')
  }
  for (const zone of store.all(zones)) for (const { device } of zone.members) there(device, zone.name)
  there(store.settings<{ zone?: string }>('bells').zone, 'settings')
  const owners = new Map<string, string>()
  for (const extension of store.all(extensions)) {
    there(extension.device, extension.name)
    there(extension.forward?.id, extension.name)
    expect(!owners.has(extension.number), `${extension.number} has two owners`)
    expect(!EMERGENCY.some(number => number.startsWith(extension.number)), `${extension.number} is an emergency number`)
    expect(store.owner(extension.number)?.id === extension.id, `${extension.number} is not in the number plan`)
    owners.set(extension.number, extension.id)
  }
  const spoken = JSON.stringify([
    store.history(1_000),
    plant.kinds.map(kind => store.all(kind as typeof sites)),
    store.problems(),
  ])
  const written = files.paths().map(path => files.read(path)?.toString('latin1') ?? '')
  expect(![spoken, ...written].some(text => text.includes('hush-hush')), 'a secret lies open')
}

test('no history of changes, undo, restarts and disk faults breaks an invariant of the document', async t => {
  let accepted = 0
  let undone = 0
  const property = fc.asyncProperty(fc.array(step, { minLength: 10, maxLength: 60 }), async steps => {
    const box = new Box()
    for (const done of [...FIRST, ...steps]) {
      await take(box, done)
      const fault = box.files.fault
      box.files.fault = undefined
      checkDocument(box)
      box.files.fault = fault
    }
    await restart(box)
    accepted += box.store.revision
    undone += box.store.history(1_000).filter(change => change.undoes !== undefined).length
  })
  await fc.assert(property, { seed: 20_260_302, numRuns: 400 })
  t.true(accepted > 800, `${accepted} changes were accepted`)
  t.true(undone > 100, `${undone} were taken back`)
})
