// The durable store: a change is acknowledged once its line in the log survives a power cut; readers see only what is durable.
import type { PbxError } from '../../kernel/errors.ts'
import type { Problem } from '../../kernel/feature.ts'
import type { ChangeRequest, ChangeSet, RegistryChecks, Who } from '../../kernel/store.ts'
import { asideProblems } from './aside-problems.ts'
import type { Disk, DiskStep } from './disk.ts'
import { Document, frozen, type Kinds } from './document.ts'
import { type Loaded, type Loss, loadDocument, segmentPath, writeSnapshots } from './document-files.ts'
import { apply, Editor, load, planChange, planUndo, remember } from './editor.ts'
import { cut, type Files, failure } from './files.ts'
import { encodeLines } from './lines.ts'
import { missingSecrets, Vault } from './vault.ts'
import { diskError } from './worker-disk.ts'

/** What a durable store is opened with. */
export interface FileStoreOptions extends Kinds {
  /** Holds the document, the vault and the key of the machine. */
  readonly directory: string
  /** For boot, when nothing else runs yet. */
  readonly files: Files
  readonly disk: Disk
  /** Folds the log up to this revision into snapshots, away from this thread. */
  compact(directory: string, upTo: number): Promise<void>
  now(): number
  /** Told of observers that throw and of compactions that fail. */
  report(what: string, error: unknown): void
  /** The log is folded after so many change sets. */
  readonly foldAfter?: number
}

interface Pending {
  readonly change: ChangeSet
  readonly secrets: readonly string[]
  readonly takeBack: () => void
  readonly resolve: (change: ChangeSet) => void
  readonly reject: (error: unknown) => void
}

const FOLD_AFTER = 500
const FOLD_BYTES = 4 << 20
/** Change sets written with one fdatasync at most, so that the first of a flood is not answered last. */
const BATCH = 64

/**
 * INVARIANTS. `#ahead` = `document` + everything in `#pending`, in order. A change is planned against `#ahead`, so that it
 * stands on all before it; when a write fails, everything pending falls with it, newest first.
 */
export class FileStore extends Editor {
  readonly #o: FileStoreOptions
  readonly #directory: string
  readonly #ahead: Document
  readonly #aheadPast: ChangeSet[] = []
  readonly #vault: Vault
  readonly #losses: readonly Loss[]
  readonly #pending: Pending[] = []
  #writing: Promise<void> | undefined
  #folding: Promise<void> | undefined
  #segment: string
  #inSegment = { changes: 0, bytes: 0 }
  /** How much of the segment was promised; what a disk that died in the middle may have left behind it must go. */
  #promised = 0
  #trouble: PbxError | undefined
  #foldTrouble = false
  #overlapping: { readonly revision: number; readonly problems: readonly Problem[] } | undefined

  /** Reads everything; what cannot be read is among the problems, the rest runs. */
  constructor(o: FileStoreOptions) {
    super(o)
    this.#o = o
    this.#directory = `${o.directory}/document`
    o.files.makeDirectory(this.#directory)
    const loaded = loadDocument(o.files, this.#directory)
    const refused = [failure(() => repair(o.files, this.#directory, loaded))]
    this.#vault = new Vault(o.files, { vault: `${o.directory}/vault.log`, key: `${o.directory}/box/machine.key` })
    refused.push(failure(() => this.#vault.trim(o.files, references(loaded))))
    // A vault that says what it lost says enough; one that was emptied knows nothing of it.
    const told = this.#vault.losses.length > 0
    const missing = told ? 0 : [...references(loaded, 'in force')].filter(one => !this.#vault.has(one)).length
    this.#losses = [
      ...loaded.losses,
      ...this.#vault.losses,
      ...(missing > 0 ? [missingSecrets(missing)] : []),
      ...refused.flatMap(error => (error ? [notRepaired(error)] : [])),
    ]
    this.#ahead = new Document(o)
    for (const document of [this.document, this.#ahead]) load(document, loaded.collections, loaded.revision)
    for (const change of loaded.history) for (const past of [this.past, this.#aheadPast]) remember(past, frozen(change))
    this.#segment = segmentPath(this.#directory, loaded.revision)
    this.#inSegment = { changes: loaded.revision - loaded.folded, bytes: 0 }
    this.#promised = loaded.tail?.path === this.#segment ? loaded.tail.end : (o.files.size(this.#segment) ?? 0)
  }

  change(request: ChangeRequest): Promise<ChangeSet> {
    return this.#accept(() => {
      const secrets = (reference: string) => this.#vault.get(reference)
      return planChange(this.#ahead, request, { now: this.#o.now(), secrets, history: this.#aheadPast })
    })
  }

  undo(rev: number, author: Who): Promise<ChangeSet> {
    return this.#accept(() => ({
      change: planUndo(this.#ahead, rev, { author, now: this.#o.now(), history: this.#aheadPast }),
      secrets: new Map<string, string>(),
    }))
  }

  secret(reference: string): string | undefined {
    return this.#vault.get(reference)
  }

  override useRegistry(checks: RegistryChecks): void {
    this.#ahead.useRegistry(checks)
    super.useRegistry(checks)
  }

  override reserveNumbers(numbers: readonly string[], owner: string) {
    this.#ahead.numbers.reserve(numbers, owner)
    this.#overlapping = undefined
    return super.reserveNumbers(numbers, owner)
  }

  /** What was lost at boot, what is set aside, and whether the disk takes changes. */
  problems(): readonly Problem[] {
    const found: Problem[] = this.#losses.map(({ lost, ...loss }) => ({
      ...loss,
      severity: lost ? 'serious' : 'warning',
    }))
    if (this.#trouble)
      found.push({
        code: this.#trouble.code,
        severity: 'serious',
        text: `Changes cannot be saved: ${this.#trouble.message}.`,
        remedy: TROUBLE_REMEDY,
      })
    if (this.#foldTrouble) found.push(FOLD_PROBLEM)
    found.push(...asideProblems(this.document), ...this.#overlapProblem())
    return found
  }

  /** Worked out once per revision: the health page asks often. */
  #overlapProblem(): readonly Problem[] {
    if (this.#overlapping?.revision === this.revision) return this.#overlapping.problems
    const pairs = this.overlaps()
    const problems = pairs.length > 0 ? [overlapProblem(pairs)] : []
    this.#overlapping = { revision: this.revision, problems }
    return problems
  }

  /** Resolves when everything accepted so far is durable and no compaction runs. */
  async close(): Promise<void> {
    while (this.#writing || this.#folding) await (this.#writing ?? this.#folding)
  }

  protected observerFailed(error: unknown): void {
    this.#o.report('an observer of changes', error)
  }

  #accept(plan: () => { change: ChangeSet; secrets: ReadonlyMap<string, string> }): Promise<ChangeSet> {
    return new Promise((resolve, reject) => {
      const { change, secrets } = plan()
      this.#vault.add(secrets)
      const takeBack = apply(this.#ahead, change)
      remember(this.#aheadPast, change)
      this.#pending.push({ change, secrets: [...secrets.keys()], takeBack, resolve, reject })
      this.#writing ??= this.#write()
    })
  }

  /** One batch after the other: what arrives while the disk works shares the next fdatasync. */
  async #write(): Promise<void> {
    while (this.#pending.length > 0) {
      const batch = this.#pending.slice(0, BATCH)
      const bytes = encodeLines(batch.map(({ change }) => change))
      const steps: DiskStep[] = this.#vault.steps(batch.flatMap(({ secrets }) => secrets))
      try {
        await this.#o.disk.run([
          ...steps,
          { do: 'append', path: this.#segment, bytes, durable: true, at: this.#promised },
        ])
      } catch (error) {
        this.#fail(error)
        continue
      }
      this.#trouble = undefined
      this.#promised += bytes.length
      this.#pending.splice(0, batch.length)
      for (const { change, resolve } of batch) {
        this.publish(change)
        resolve(change)
      }
      this.#inSegment = { changes: this.#inSegment.changes + batch.length, bytes: this.#inSegment.bytes + bytes.length }
      this.#foldIfLong()
    }
    // In the same turn as the look at the queue: a change that comes later starts the writing anew.
    this.#writing = undefined
  }

  #fail(cause: unknown): void {
    const error = diskError(cause)
    this.#trouble = error
    for (const { takeBack, secrets, reject } of this.#pending.splice(0).reverse()) {
      takeBack()
      this.#aheadPast.pop()
      this.#vault.forget(secrets)
      reject(error)
    }
  }

  #foldIfLong(): void {
    const { changes, bytes } = this.#inSegment
    if (this.#folding || (changes < (this.#o.foldAfter ?? FOLD_AFTER) && bytes < FOLD_BYTES)) return
    const upTo = this.revision
    this.#segment = segmentPath(this.#directory, upTo)
    this.#inSegment = { changes: 0, bytes: 0 }
    this.#promised = 0
    this.#folding = this.#o
      .compact(this.#directory, upTo)
      .then(
        () => {
          this.#foldTrouble = false
        },
        (error: unknown) => {
          this.#foldTrouble = true
          this.#o.report('folding the log of changes', error)
        },
      )
      .finally(() => {
        this.#folding = undefined
      })
  }
}

const TROUBLE_REMEDY = 'Free space on the disk or replace it. Calls, pages and alarms go on with what was saved before.'

const overlapProblem = (pairs: readonly { number: string; begins: string }[]): Problem => ({
  code: 'store.numbers-overlap',
  severity: 'info',
  text: `${pairs.length} number(s) begin another one, as ${pairs[0]?.number} begins ${pairs[0]?.begins}.`,
  remedy: 'Phones that dial digit by digit may stop at the shorter one: give numbers of one length where that matters.',
})

const FOLD_PROBLEM: Problem = {
  code: 'store.log-long',
  severity: 'warning',
  text: 'The log of changes could not be folded into its files and grows.',
  remedy: 'Free space on the disk; it is tried again with further changes.',
}

/** Makes files and log agree again: what is lost is lost, and shown. */
function repair(files: Files, directory: string, loaded: Loaded): void {
  if (loaded.tail) cut(files, loaded.tail.path, loaded.tail.end)
  if (loaded.losses.some(loss => loss.lost)) writeSnapshots(files, directory, loaded)
}

const notRepaired = (error: Error): Loss => ({
  code: 'store.not-repaired',
  text: `The disk refused to be put in order at start (${error.message}).`,
  remedy: 'Free space or replace the disk, then restart the box. Until then it runs with what could be read.',
})

/** Every secret that the document or its remembered past refers to. */
function references(loaded: Loaded, which: 'all' | 'in force' = 'all'): ReadonlySet<string> {
  const found = new Set<string>()
  const collect = (value: unknown): void => {
    for (const match of JSON.stringify(value)?.matchAll(/"(sec_[a-z0-9]{26})"/g) ?? []) found.add(match[1] ?? '')
  }
  for (const entries of loaded.collections.values()) for (const { raw } of entries.values()) collect(raw)
  if (which === 'all') collect(loaded.history)
  return found
}
