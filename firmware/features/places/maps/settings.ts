// A floor plan: the picture of a place, and where on it buttons, zones and devices are.
import { Name, Ref, Secret, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

/** The largest picture that can be uploaded, bytes. */
export const LARGEST_PICTURE = 50_000_000
/** What phones' screens can ask for: width and height in pixels, by the names of their pictures. */
export const PHONE_SIZES = { '320x240': [320, 240], '480x272': [480, 272], '800x480': [800, 480] } as const

const part = (title: string) =>
  Type.Number({ title, minimum: 0, maximum: 1, description: 'Of the picture’s width or height, from the upper left.' })
const spots = <K extends string, F extends string>(kind: K, field: F, title: string) =>
  Type.Array(
    Type.Object({ [field]: Ref(kind, { onDelete: 'with' }), x: part('From the left'), y: part('From the top') } as {
      [N in F]: ReturnType<typeof Ref<K>>
    } & { x: ReturnType<typeof part>; y: ReturnType<typeof part> }),
    { title, maxItems: 500, default: [], 'x-hidden': true },
  )

export const FloorPlan = Type.Object({
  name: Name({ title: 'Name' }),
  location: Ref('location', { title: 'Location', onDelete: 'with', description: 'The place that the picture shows.' }),
  picture: Type.Object(
    {
      sha256: Type.String({ pattern: '^[0-9a-f]{64}$' }),
      width: Type.Integer({ minimum: 1, maximum: 4096 }),
      height: Type.Integer({ minimum: 1, maximum: 4096 }),
    },
    { title: 'Picture', description: 'Set by an upload.', 'x-hidden': true },
  ),
  buttons: spots('button', 'button', 'Panic buttons'),
  zones: spots('zone', 'zone', 'Zones'),
  devices: spots('device', 'device', 'Phones and speakers'),
})
export type FloorPlan = Static<typeof FloorPlan>

/** The resource kind `floor-plan`. */
export const floorPlanKind: ResourceKind<FloorPlan> = {
  kind: 'floor-plan',
  prefix: 'flp',
  title: ['Floor plan', 'Floor plans'],
  schema: FloorPlan,
  label: 'name',
  check(plan, look): Record<string, string> {
    const same = look.all(floorPlanKind).filter(other => other.location === plan.location)
    const own = (plan as { id?: string }).id
    // The look already holds the value being saved.
    const others = own === undefined ? same.slice(1) : same.filter(other => other.id !== own)
    if (others[0] !== undefined) return { location: `has the plan “${others[0].name}”: give that one the new picture` }
    return {
      ...twice(
        plan.buttons.map(spot => spot.button),
        'buttons',
      ),
      ...twice(
        plan.zones.map(spot => spot.zone),
        'zones',
      ),
      ...twice(
        plan.devices.map(spot => spot.device),
        'devices',
      ),
    }
  },
}

const twice = (ids: readonly string[], field: string): Record<string, string> =>
  new Set(ids).size === ids.length ? {} : { [field]: 'one stands here twice: take one of the two away' }

export const MapSettings = Type.Object(
  {
    phoneKey: Type.Optional(
      Secret({
        title: 'Key of phones’ screens',
        description:
          'At least 16 letters and digits. Phones that show the map send it in the address of the picture. Empty: no phone is given a map.',
      }),
    ),
  },
  { default: {} },
)
export type MapSettings = Static<typeof MapSettings>

const Width = Type.Optional(Type.Integer({ title: 'Width', minimum: 320, maximum: 2048, description: 'Pixels.' }))

export const UploadInput = Type.Object({ location: Ref('location', { title: 'Location' }) })
export type UploadInput = Static<typeof UploadInput>
export const PlaceInput = Type.Object({ location: Type.Optional(Ref('location')), width: Width })
export type PlaceInput = Static<typeof PlaceInput>
export const AlarmMapInput = Type.Object({
  alarm: Type.String({ minLength: 1, maxLength: 60 }),
  location: Type.Optional(Ref('location')),
  width: Width,
  /** Whatever makes a browser ask again. */
  at: Type.Optional(Type.String({ maxLength: 40 })),
})
export type AlarmMapInput = Static<typeof AlarmMapInput>
export const AlarmInput = Type.Object({ alarm: Type.String({ minLength: 1, maxLength: 60 }) })
export type AlarmInput = Static<typeof AlarmInput>
export const PictureInput = Type.Object({
  plan: Ref('floor-plan'),
  sha256: Type.Optional(Type.String({ maxLength: 64 })),
})
export type PictureInput = Static<typeof PictureInput>
