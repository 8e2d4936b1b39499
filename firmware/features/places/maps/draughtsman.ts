// Has maps drawn: by the picture of a place, or without where there is none or it cannot be read. Nothing waits for it but who looks.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Problem, SentFile } from '../../../kernel/feature.ts'
import type { Drawing } from '../../../kernel/pictures.ts'
import { allMarked, headingOf, type Incident, marksFor, type Plant, planOf, roomsOf, spotsOf } from './atlas.ts'
import { pictureMap, schematicMap } from './map-drawing.ts'
import { type FloorPlan, floorPlanKind, type MapSettings } from './settings.ts'
import { words } from './words.en.ts'

/** Which map. Without a location, all of the plant. */
export interface Wanted {
  readonly location?: string | undefined
  readonly incident?: Incident | undefined
  readonly width: number
  readonly height: number
}

interface Failure {
  readonly why: string
  readonly since: number
}

/** In an alarm many screens look at once: what was drawn so lately is shown to all of them. Milliseconds. */
const FRESH = 1000
const NOT_DRAWN: readonly string[] = ['errands.not-running', 'errands.overloaded']

export class Draughtsman {
  readonly #ctx: Pick<Context<MapSettings>, 'pictures' | 'blobs' | 'clock' | 'store'>
  readonly #plant: Plant
  readonly #failures
  readonly #recent = new Map<string, { readonly at: number; readonly file: Promise<SentFile> }>()

  constructor(ctx: Context<MapSettings>, plant: Plant) {
    this.#ctx = ctx
    this.#plant = plant
    this.#failures = ctx.live.collection<Failure>('failure', { keep: 'process' })
  }

  /** Rejects with `maps.no-such-plan`, or when even the map without a picture cannot be drawn. */
  map(wanted: Wanted): Promise<SentFile> {
    const { location, incident, width, height } = wanted
    const now = this.#ctx.clock.since()
    for (const [key, { at }] of this.#recent) if (now - at >= FRESH) this.#recent.delete(key)
    const key = [incident?.alarm.id ?? '', location ?? '', width, height].join(' ')
    const known = this.#recent.get(key)
    if (known !== undefined) return known.file
    const file = this.#drawn(wanted)
    this.#recent.set(key, { at: now, file })
    return file
  }

  /** The picture of a plan as it is kept. */
  picture(plan: FloorPlan): SentFile {
    return { sentFile: this.#fileOf(plan), type: 'image/webp' }
  }

  problems(): readonly Problem[] {
    return this.#ctx.store.all(floorPlanKind).flatMap(({ id, name }): readonly Problem[] => {
      const failure = this.#failures.get(id)
      if (failure === undefined) return []
      const text = words['maps.failed'].replace('{plan}', name).replace('{why}', failure.why)
      const remedy = words['maps.failed.remedy']
      return [{ code: `maps.failed:${id}`, severity: 'warning', text, remedy, link: '/maps', since: failure.since }]
    })
  }

  async #drawn(wanted: Wanted): Promise<SentFile> {
    const plan = wanted.location === undefined ? undefined : planOf(this.#plant, wanted.location)
    if (wanted.location !== undefined && plan === undefined && wanted.incident !== undefined)
      throw new PbxError('maps.no-such-plan', 'this place has no floor plan: upload its picture', { status: 404 })
    if (plan === undefined) return this.#draw(this.#schematic(wanted))
    try {
      const file = await this.#draw(this.#onPicture(plan, wanted))
      this.#failures.delete(plan.id)
      return file
    } catch (error) {
      // That nothing is drawn at all is no fault of this picture, and told by who draws.
      if (error instanceof PbxError && NOT_DRAWN.includes(error.code)) throw error
      const why = error instanceof Error ? error.message : String(error)
      this.#failures.set(plan.id, { why, since: this.#failures.get(plan.id)?.since ?? this.#ctx.clock.now() })
      return this.#draw(this.#schematic(wanted))
    }
  }

  async #draw(drawing: Drawing): Promise<SentFile> {
    const { file } = await this.#ctx.pictures.draw(drawing)
    return { sentFile: file, type: 'image/png' }
  }

  #schematic({ incident, width, height }: Wanted): Drawing {
    const marked = allMarked(this.#plant, incident)
    const heading = headingOf(words['maps.plant'], incident)
    const rooms = roomsOf(this.#plant, marked)
    return schematicMap({ width, height, heading, rooms, marksFor: marksFor(this.#plant, marked) })
  }

  #onPicture(plan: FloorPlan, { incident, width, height }: Wanted): Drawing {
    const picture = { file: this.#fileOf(plan), width: plan.picture.width, height: plan.picture.height }
    const heading = headingOf(plan.name, incident)
    return pictureMap({ width, height, heading, picture, ...spotsOf(this.#plant, plan, incident) })
  }

  #fileOf = ({ picture }: FloorPlan): string => this.#ctx.blobs.fileOf(picture.sha256, '.webp')
}
