// Recording calls while they are connected: what runs now, its rows, and its end, whoever brings it about.
import type { Bridge, Leg } from '../../../kernel/call/call.types.ts'
import { atFirst } from '../../../kernel/call/gone.ts'
import { CallGone, LegMoved } from '../../../kernel/errors.ts'
import type { Context } from '../../../kernel/feature.ts'
import { standing, type Thing } from '../../../kernel/things.ts'
import { DiskGuard } from './disk-guard.ts'
import type { RecordingLog } from './records.ts'
import { ruleFor } from './rules.ts'
import { type RecordingSettings, recordingRuleKind } from './settings.ts'

/** A recording that runs. */
interface Open {
  readonly call: string
  readonly leg: string
  readonly file: string
  readonly began: number
  readonly segment: number
  readonly rule: string
  readonly places: readonly Thing[]
}
/** What is known of a call on its way. */
interface Way {
  readonly groups: readonly string[]
  readonly segments: number
}

/** Calls that the switch kept through a crash are back by then, milliseconds. */
const RESTORED_BY = 1000
/** A file that the switch did not close by then was never begun, milliseconds after its call ended. */
const CLOSED_BY = 10_000
/** How often the folders of today and tomorrow are seen to, milliseconds. */
const FOLDERS_EVERY = 3_600_000
const DAY = 86_400_000

export class Recorder {
  readonly guard: DiskGuard
  readonly #ctx: Context<RecordingSettings>
  readonly #log: RecordingLog
  readonly #open
  readonly #ways

  constructor(ctx: Context<RecordingSettings>, log: RecordingLog) {
    this.#ctx = ctx
    this.#log = log
    this.#open = ctx.live.collection<Open>('open', { keep: 'restart' })
    this.#ways = ctx.live.collection<Way>('way', { keep: 'restart' })
    this.guard = new DiskGuard(ctx, () => this.#stopAll())
    ctx.on('call.went', ({ call, to }) => {
      if (to.kind === 'ring-group') this.#way(call, way => ({ groups: [...way.groups, to.id] }))
    })
    ctx.on('call.ended', ({ call }) => {
      this.#ways.delete(call)
      const recorded = this.#open.all().size > 0 && [...this.#open.all().values()].some(one => one.call === call)
      if (recorded) ctx.clock.after(CLOSED_BY, () => this.#giveUp(call))
    })
    const folders = () => ctx.spawn('prepare folders for recordings', this.#prepareFolders())
    folders()
    ctx.clock.every(FOLDERS_EVERY, folders)
    const before = [...this.#open.all()]
    ctx.clock.after(RESTORED_BY, () => this.#goOn(before))
  }

  /** Where the people of a recording that runs are. */
  placesOf(recording: string): readonly Thing[] {
    return this.#open.get(recording)?.places ?? []
  }

  get running(): number {
    return this.#open.all().size
  }

  /** Decides, from memory alone, whether a call is recorded from now on. */
  connecting(bridge: Bridge): void {
    const { call } = bridge.a
    const rule = this.#ruleFor(bridge)
    if (rule === undefined || this.guard.isLow) return
    const { file } = this.#begin(bridge.a, { rule, other: bridge.b })
    call.note({ recorded: rule })
    bridge.record(this.#ctx.folder.path(file))
  }

  #ruleFor(bridge: Bridge): string | undefined {
    const { call } = bridge.a
    if (call.emergency) return this.#ctx.settings.emergency ? 'emergency calls' : undefined
    const groups = this.#ways.get(call.id)?.groups ?? []
    return ruleFor({ rules: this.#ctx.store.all(recordingRuleKind), bridge, groups })?.name
  }

  #begin(leg: Leg, o: { rule: string; other: Leg | undefined }): Open {
    const { call } = leg
    const segment = (this.#ways.get(call.id)?.segments ?? 0) + 1
    this.#way(call.id, () => ({ segments: segment }))
    const began = this.#ctx.clock.now()
    const id = `${call.id}-${segment}`
    const places = [leg.party, o.other?.party ?? {}].flatMap(standing)
    const file = `${dayOf(began)}/${id}.wav`
    const open = { call: call.id, leg: leg.id, file, began, segment, rule: o.rule, places }
    this.#open.set(id, open)
    this.#log.began({
      id,
      call: call.id,
      correlation: call.correlation,
      segment,
      file: open.file,
      began_at: began,
      caller: nameOf(leg.direction === 'in' ? leg : (o.other ?? leg)),
      callee: nameOf(leg.direction === 'in' ? (o.other ?? leg) : leg),
      rule: o.rule,
      places: JSON.stringify(places),
    })
    this.#ctx.emit('recording.began', { recording: id, call: call.id })
    return open
  }

  /** The switch closed a file. */
  recorded(event: { readonly file: string; readonly seconds: number; readonly error?: string }): void {
    for (const [id, open] of this.#open.all()) {
      if (this.#ctx.folder.path(open.file) !== event.file) continue
      this.#log.ended(id, { seconds: event.seconds, error: event.error ?? null })
      this.#ctx.emit('recording.ended', { recording: id, call: open.call, seconds: event.seconds })
      this.#open.delete(id)
      if (event.error !== undefined) this.#ctx.log.error('a call could not be recorded', { id, error: event.error })
    }
  }

  /** The switch never said how a recording of this call went: it refused it, or was never asked. */
  #giveUp(call: string): void {
    for (const { call: of, file } of this.#open.all().values())
      if (of === call)
        this.recorded({ file: this.#ctx.folder.path(file), seconds: 0, error: 'the switch wrote nothing' })
  }

  /** After a crash the calls go on and their recorders do not: each gets another segment. */
  #goOn(before: readonly (readonly [string, Open])[]): void {
    for (const [id, open] of before) {
      if (this.#open.get(id) !== open) continue
      this.#open.delete(id)
      const leg = this.#ctx.calls.find(open.leg)
      if (!leg?.peer || leg.call.id !== open.call || this.guard.isLow) continue
      const { file } = this.#begin(leg, { rule: open.rule, other: leg.peer })
      const parted = new AbortController()
      const forget = atFirst([leg.peer.gone, this.#ctx.signal], reason => parted.abort(reason))
      const recorded = recordedUntil(leg, this.#ctx.folder.path(file), parted.signal).finally(forget)
      this.#ctx.spawn('go on recording', recorded)
    }
  }

  /** The disk is nearly full: the calls go on. */
  #stopAll(): void {
    for (const { leg } of this.#open.all().values()) {
      try {
        this.#ctx.sip.stopRecord(leg)
      } catch (error) {
        this.#ctx.log.error('a recording could not be stopped; it is asked again', { leg, error })
      }
    }
  }

  #way(call: string, more: (way: Way) => Partial<Way>): void {
    const way = this.#ways.get(call) ?? { groups: [], segments: 0 }
    this.#ways.set(call, { ...way, ...more(way) })
  }

  /** Before they are needed: nothing on the way of a call makes a folder. */
  async #prepareFolders(): Promise<void> {
    const now = this.#ctx.clock.now()
    for (const at of [now, now + DAY]) await this.#ctx.folder.makeReady(dayOf(at))
  }
}

const dayOf = (at: number): string => new Date(at).toISOString().slice(0, 10)
const nameOf = ({ party }: Leg): string => `${party.name} ${party.number}`.trim()

async function recordedUntil(leg: Leg, file: string, signal: AbortSignal): Promise<void> {
  try {
    await leg.record(file, { signal, own: leg.direction === 'in' ? 'left' : 'right' })
  } catch (error) {
    if (!(error instanceof CallGone || error instanceof LegMoved)) throw error
  }
}
