// Conferences: rooms with a number, which callers enter and leave as they like.
import type { Bookmark, Leg, Next } from '../../../kernel/call/call.types.ts'
import { type Context, feature, type Problem, type Route } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { messages, writeWav } from '../../paging/messages/feature.ts'
import { knowsPin } from './door.ts'
import { joinTone } from './join-tone.ts'
import { Rooms } from './rooms.ts'
import { type Conference, conferenceKind } from './settings.ts'
import { words } from './words.en.ts'

export { type Conference, conferenceKind } from './settings.ts'

const TONE = 'conference:joined'
/** The step of a caller who is in the room: after a restart he is not asked for the PIN again. */
const INSIDE = 'inside'
const SPOKEN = [words['conference.ask-pin'], words['conference.wrong-pin'], words['conference.full']] as const
/** How long until a sound that could not be made is tried again. */
const RETRY_MILLISECONDS = 30_000

export const conference = feature<unknown, undefined>({
  name: 'conference',
  about: 'Rooms where several callers hear one another.',
  optional: true,
  needs: [messages],
  resources: [conferenceKind],
  permissions: { 'conference.view': words['conference.view'], 'conference.manage': words['conference.manage'] },
  words: { en: words },
  start(ctx) {
    const rooms = new Rooms(ctx)
    const ready = ctx.live.collection<{ readonly tone: true }>('ready', { keep: 'process' })
    const prepare = () => {
      if (!ready.get(TONE))
        ctx.spawn(
          'prepare the tones of conferences',
          prepareSounds(ctx, () => ready.set(TONE, { tone: true })),
        )
    }
    prepare()
    ctx.clock.every(RETRY_MILLISECONDS, prepare)
    return {
      destinations: {
        conference: {
          title: words['conference.destination'],
          async run(caller: Leg, id: string, bookmark?: Bookmark): Promise<Next> {
            const room = ctx.store.get(conferenceKind, id)
            if (!room) return { end: 'not-found' }
            const refused = bookmark?.step === INSIDE ? undefined : await admit(ctx, { caller, room, rooms })
            if (refused) return refused
            caller.call.mark(INSIDE)
            caller.call.note({ conference: room.name })
            await rooms.enter(id, caller, room.tone && ready.get(TONE) ? TONE : undefined)
            return { end: 'answered' }
          },
          choices: () =>
            ctx.store.all(conferenceKind).map(({ id, number, name }) => ({ id, label: `${number} ${name}` })),
        },
      },
      routes: [live(ctx, rooms)],
      problems: () => ctx.store.all(conferenceKind).flatMap(room => pinProblem(ctx, room)),
      metrics: () => ({ conferences_open: rooms.count }),
    }
  },
})
export default conference

/** Answers, asks for the PIN where there is one; why the caller does not come in, if he does not. */
async function admit(
  ctx: Context,
  o: { caller: Leg; room: Stored<Conference>; rooms: Rooms },
): Promise<Next | undefined> {
  const { caller, room, rooms } = o
  const spoken = (text: string) => ctx.use(messages).spokenOf(text)?.sound
  await caller.answer()
  const pin = pinOf(ctx, room)
  if (pin !== undefined) {
    const prompts = { ask: spoken(words['conference.ask-pin']), wrong: spoken(words['conference.wrong-pin']) }
    if (!(await knowsPin(caller, pin, prompts))) return { end: 'forbidden' }
  }
  if (rooms.of(room.id).length < room.most) return undefined
  const full = spoken(words['conference.full'])
  if (full !== undefined) await caller.play(full)
  return { end: 'busy' }
}

const pinOf = (ctx: Context, room: Conference): string | undefined =>
  room.pin === undefined ? undefined : (ctx.store.secret(room.pin) ?? '')

async function prepareSounds(ctx: Context, done: () => void): Promise<void> {
  const kept = await ctx.blobs.put(writeWav(joinTone()), '.wav')
  await ctx.sip.loadSound(TONE, kept.file)
  for (const text of SPOKEN) await ctx.use(messages).prepareSpoken(text)
  done()
}

function live(ctx: Context, rooms: Rooms): Route<never, unknown> {
  return {
    method: 'GET',
    path: 'conference/live',
    about: 'Who is in which conference now.',
    permission: 'conference.view',
    run: () => ({
      rooms: ctx.store.all(conferenceKind).map(({ id, number, name }) => ({
        id,
        number,
        name,
        participants: rooms.of(id).map(({ party }) => ({ number: party.number, name: party.name })),
      })),
    }),
  }
}

/** A PIN that no key of a phone types would keep everyone out. */
function pinProblem(ctx: Context, room: Stored<Conference>): Problem[] {
  const pin = pinOf(ctx, room)
  if (pin === undefined || /^[0-9]{3,12}$/.test(pin)) return []
  const text = words['conference.digits'].replace('{name}', room.name).replace('{number}', room.number)
  const remedy = words['conference.digits.remedy']
  return [{ code: `conference.digits:${room.id}`, severity: 'warning', text, remedy, link: `/conference/${room.id}` }]
}
