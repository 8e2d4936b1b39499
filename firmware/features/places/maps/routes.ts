// Verbs of maps: uploading the picture of a place, and looking at maps of places and of alarms.
import { PbxError } from '../../../kernel/errors.ts'
import type { Context, Route, SentFile } from '../../../kernel/feature.ts'
import type { Who } from '../../../kernel/store.ts'
import type { Alarms } from '../../safety/alarms/feature.ts'
import { locationKind } from '../locations/feature.ts'
import { type Incident, type Plant, plansOf } from './atlas.ts'
import type { Draughtsman } from './draughtsman.ts'
import {
  AlarmInput,
  AlarmMapInput,
  type FloorPlan,
  floorPlanKind,
  LARGEST_PICTURE,
  type MapSettings,
  PictureInput,
  PlaceInput,
  UploadInput,
} from './settings.ts'

/** What the routes work with. */
export interface Room {
  readonly ctx: Context<MapSettings>
  readonly plant: Plant
  readonly floor: Alarms
  readonly draughtsman: Draughtsman
  incident(alarm: string): Incident | undefined
}

const WIDTH = 1280
/** Of the height, as screens are. */
const RATIO = 0.6

export function routesOf(room: Room): Route<never, unknown>[] {
  const { ctx, plant, floor, draughtsman } = room
  const upload: Route<UploadInput, { plan: string; width: number; height: number }> = {
    method: 'POST',
    path: 'uploads/floor-plan',
    about: 'Gives a location its picture: PNG, JPEG or WebP as body.',
    permission: 'maps.manage',
    input: UploadInput,
    upload: { largestBytes: LARGEST_PICTURE, directory: ctx.files.data },
    run: ({ location }, who, file) => keepPicture(ctx, { location, file: file ?? '' }, who),
  }
  const place: Route<PlaceInput, SentFile> = {
    method: 'GET',
    path: 'maps/place',
    about: 'The map of a place, or of the whole plant, as PNG.',
    permission: 'maps.view',
    input: PlaceInput,
    run: ({ location, width }) => draughtsman.map({ location, ...sizeOf(width) }),
  }
  const picture: Route<PictureInput, SentFile> = {
    method: 'GET',
    path: 'maps/picture',
    about: 'The picture of a floor plan as it is kept.',
    permission: 'maps.view',
    input: PictureInput,
    run: ({ plan }) => draughtsman.picture(known(ctx, plan)),
  }
  const ofAlarm: Route<AlarmInput, { maps: readonly { location: string; name: string }[] }> = {
    method: 'GET',
    path: 'maps/of-alarm',
    about: 'The floor plans on which somebody pressed; the map of the plant shows every press.',
    permission: 'maps.view',
    input: AlarmInput,
    on: ({ alarm }) => floor.places(alarm),
    run({ alarm }) {
      const found = floor.get(alarm)
      const plans = found === undefined ? [] : plansOf(plant, found)
      return { maps: plans.map(({ location, name }) => ({ location, name })) }
    },
  }
  const alarmMap: Route<AlarmMapInput, SentFile> = {
    method: 'GET',
    path: 'maps/alarm',
    about: 'The map of a live alarm as PNG: every press, and what became of its announcements in each zone.',
    permission: 'maps.view',
    input: AlarmMapInput,
    on: ({ alarm }) => floor.places(alarm),
    run({ alarm, location, width }) {
      const incident = room.incident(alarm)
      if (incident === undefined)
        throw new PbxError('maps.no-such-alarm', 'this alarm is over, or there was none', { status: 404 })
      return draughtsman.map({ incident, location, ...sizeOf(width) })
    },
  }
  return [upload, place, picture, ofAlarm, alarmMap]
}

const sizeOf = (width = WIDTH) => ({ width, height: Math.round(width * RATIO) })

function known(ctx: Context<MapSettings>, id: string): FloorPlan {
  const plan = ctx.store.get(floorPlanKind, id)
  if (plan === undefined) throw new PbxError('maps.no-such-plan', 'there is no such floor plan', { status: 404 })
  return plan
}

/** What stood on the former picture stays where it was: a plan that is drawn anew shows the same hall. */
async function keepPicture(ctx: Context<MapSettings>, o: { location: string; file: string }, who: Who) {
  const place = ctx.store.get(locationKind, o.location)
  if (place === undefined)
    throw new PbxError('maps.no-such-location', 'there is no such location', {
      status: 404,
      fields: { location: 'is not there any more: choose another' },
    })
  const { sha256, width, height } = await ctx.pictures.keep(o.file)
  const before = ctx.store.all(floorPlanKind).find(plan => plan.location === place.id)
  const picture = { sha256, width, height }
  const id = before?.id ?? ctx.store.newId(floorPlanKind)
  const value: FloorPlan =
    before === undefined
      ? { name: freeName(ctx, place.name), location: place.id, picture, buttons: [], zones: [], devices: [] }
      : { ...fieldsOf(before), picture }
  await ctx.store.change({
    why: `Picture for the floor plan of “${place.name}”`,
    author: who,
    ops: [{ op: 'put', kind: floorPlanKind.kind, id, value, ...(before === undefined ? {} : { rev: before.rev }) }],
  })
  return { plan: id, width, height }
}

function freeName(ctx: Context<MapSettings>, wanted: string): string {
  const taken = new Set(ctx.store.all(floorPlanKind).map(({ name }) => name))
  for (let number = 1; ; number++) {
    const name = number === 1 ? wanted : `${wanted} (${number})`
    if (!taken.has(name)) return name
  }
}

function fieldsOf(stored: FloorPlan & { id: string; rev: number }): FloorPlan {
  const { id: _id, rev: _rev, ...fields } = stored
  return fields
}
