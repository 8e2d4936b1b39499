// The map of a plant that has no picture: its places as boxes within boxes, so that there is one from the first minute.

export interface Area {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}
/** A place, and how many marks stand directly in it. */
export interface Room {
  readonly id: string
  readonly name: string
  readonly marks: number
  readonly rooms: readonly Room[]
}
/** Where a place is drawn, and where the marks within it go, one below the other. */
export interface Laid extends Area {
  readonly id: string
  readonly name: string
  readonly marks: Area
}

/** Height of a name and of a mark, pixels, where there is room. */
export const LINE = 20
const GAP = 6
/** What would be smaller is not drawn: its marks stand in what holds it. */
const SMALLEST = { width: 70, height: 44 }

/** Every place that there is room for; those in it come after what holds them. */
export function laidOut(rooms: readonly Room[], area: Area): readonly Laid[] {
  return cells(rooms.length, area).flatMap((cell, at) => {
    const room = rooms[at]
    return room === undefined ? [] : laid(room, cell)
  })
}

function laid(room: Room, area: Area): readonly Laid[] {
  const inner = {
    x: area.x + GAP,
    y: area.y + LINE + GAP,
    width: Math.max(0, area.width - 2 * GAP),
    height: Math.max(0, area.height - LINE - 2 * GAP),
  }
  // Marks stand below the name, what is within below them; with many marks each half is given.
  const wanted = room.rooms.length === 0 ? inner.height : Math.min(room.marks * LINE, inner.height / 2)
  const marks = { ...inner, height: wanted }
  const rest = { ...inner, y: inner.y + wanted, height: inner.height - wanted }
  const within = cells(room.rooms.length, rest)
  const fits = within.every(({ width, height }) => width >= SMALLEST.width && height >= SMALLEST.height)
  const own: Laid = { ...area, id: room.id, name: room.name, marks: fits ? marks : inner }
  return fits ? [own, ...laidOut(room.rooms, rest)] : [own]
}

/** As many cells side by side as make them nearest to a square that is twice as wide as high. */
function cells(count: number, area: Area): readonly Area[] {
  if (count === 0) return []
  const columns = Math.min(count, Math.max(1, Math.round(Math.sqrt((count * area.width) / (2 * area.height || 1)))))
  const lines = Math.ceil(count / columns)
  const width = (area.width - GAP * (columns - 1)) / columns
  const height = (area.height - GAP * (lines - 1)) / lines
  return Array.from({ length: count }, (_, at) => ({
    x: area.x + (at % columns) * (width + GAP),
    y: area.y + Math.floor(at / columns) * (height + GAP),
    width,
    height,
  }))
}
