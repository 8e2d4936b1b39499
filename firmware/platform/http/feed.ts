// The live feed: facts of the box on their way to the screens of those who may see them, in order, resumable.
import type { Server as HttpsServer } from 'node:https'
import { Server, type Socket } from 'socket.io'
import { parseCookie } from './cookie.ts'
import { FactRing, type NumberedFact } from './fact-ring.ts'
import { COOKIE } from './gate.ts'
import type { Accounts, ObservedFact, Session, WebBox } from './ports.ts'
import type { Rights } from './rights.ts'
import { type Extent, Sight } from './sight.ts'

const REMEMBERED = 2_000
const SOCKETS = 300
/** Unsent messages after which a browser is let go: it comes back and resumes. */
const BEHIND = 100
/** After a message facts gather for so long, in milliseconds: a busy box tells of 700 a second, an eye follows ten. */
const GATHERED = 100

/** Told several times a call, for lamps and the like: no screen follows it, as whoever looks at calls hears of their stages. */
const NOT_FOR_SCREENS: ReadonlySet<string> = new Set(['call.changed'])

export interface FeedParts {
  readonly box: WebBox
  readonly accounts: Accounts
  readonly server: HttpsServer
  readonly rights: Rights
}
interface Reader {
  readonly socket: Socket
  readonly session: Session
  /** Sees some kinds of facts in some places only. */
  narrow: boolean
}

/** Serves `/feed`; the returned function ends it. */
export function openFeed(parts: FeedParts): { close(): Promise<void>; readers(): number } {
  const { box, accounts, server } = parts
  const sight = new Sight(box, parts.rights)
  const ring = new FactRing(REMEMBERED)
  const readers = new Set<Reader>()
  const io = new Server(server, {
    path: '/feed',
    serveClient: false,
    transports: ['websocket', 'polling'],
    maxHttpBufferSize: 4_096,
    allowRequest: (request, decide) => {
      const { origin, host } = request.headers
      const foreign = origin !== undefined && (!URL.canParse(origin) || new URL(origin).host !== host)
      decide(foreign || readers.size >= SOCKETS ? 'refused' : null, !foreign && readers.size < SOCKETS)
    },
  })

  io.use((socket, next) => {
    const token = parseCookie(socket.handshake.headers.cookie ?? '')[COOKIE]
    const session = token === undefined ? undefined : accounts.session(token)
    if (!session || session.mustChangePassword) return next(new Error('not-signed-in'))
    socket.data.session = session
    next()
  })

  let waiting: NumberedFact[] = []
  let rest: (() => void) | undefined
  const pass = () => {
    rest = undefined
    if (waiting.length === 0) return
    const facts = waiting
    waiting = []
    rest = box.clock.after(GATHERED, pass)
    for (const reader of readers) tell(reader, facts, sight)
    sight.refresh()
  }
  // Who is limited to places changes with the document only: users and their roles are part of it.
  let revision = box.store.revision
  let anyNarrow = false
  const count = () => {
    anyNarrow = [...readers].some(reader => reader.narrow)
  }
  const narrowed = () => {
    if (revision === box.store.revision) return anyNarrow
    revision = box.store.revision
    for (const reader of readers) reader.narrow = sight.isNarrow(reader.session.who)
    count()
    return anyNarrow
  }

  io.on('connection', socket => {
    const session = socket.data.session as Session
    const reader: Reader = { socket, session, narrow: sight.isNarrow(session.who) }
    // What is still waiting is in the ring: a newcomer would get it twice.
    rest?.()
    pass()
    welcome(reader, { ring, sight })
    readers.add(reader)
    count()
    socket.on('disconnect', () => {
      readers.delete(reader)
      count()
    })
  })

  const stopObserving = box.observe((observed: ObservedFact) => {
    if (NOT_FOR_SCREENS.has(observed.name)) return
    const fact = ring.add(observed)
    if (narrowed()) sight.note(fact)
    waiting.push(fact)
    if (!rest) pass()
  })
  const stopWatching = accounts.onEnded(id => {
    for (const reader of readers) if (reader.session.id === id) reader.socket.disconnect(true)
  })

  return {
    readers: () => readers.size,
    async close() {
      rest?.()
      stopObserving()
      stopWatching()
      io.disconnectSockets(true)
      io.engine.close()
    },
  }
}

/** First word to a browser: what it missed, or that it must fetch everything anew. */
function welcome(reader: Reader, { ring, sight }: { ring: FactRing; sight: Sight }): void {
  const { epoch, after } = reader.socket.handshake.auth as { epoch?: unknown; after?: unknown }
  const known = typeof epoch === 'string' && typeof after === 'number'
  const kept = known ? ring.after(epoch, after) : undefined
  // What happened while nobody limited to places watched cannot be told to one who is: he fetches anew.
  const missed = reader.narrow && !kept?.every(fact => sight.isNoted(fact)) ? undefined : kept
  reader.socket.emit('hello', { epoch: ring.epoch, newest: ring.newest, resumed: missed !== undefined })
  const seen = seenBy(reader, missed ?? [], sight)
  if (seen.length > 0) reader.socket.emit('facts', seen)
}

function tell(reader: Reader, facts: readonly NumberedFact[], sight: Sight): void {
  const seen = seenBy(reader, facts, sight)
  if (seen.length === 0) return
  const unsent = (reader.socket.conn as unknown as { writeBuffer: readonly unknown[] }).writeBuffer
  if (unsent.length > BEHIND) reader.socket.disconnect(true)
  else reader.socket.emit('facts', seen)
}

function seenBy({ session }: Reader, facts: readonly NumberedFact[], sight: Sight): readonly NumberedFact[] {
  const known = new Map<string, Extent>()
  return facts.filter(fact => {
    const kind = `${fact.feature} ${fact.name}`
    const extent = known.get(kind) ?? sight.of(session.who, fact)
    known.set(kind, extent)
    return sight.shows(session.who, fact, extent)
  })
}
