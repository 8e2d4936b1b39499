// How long extensions have been idle: when the last call of each ended, kept through a power cut.
import type { Context } from '../../../kernel/feature.ts'
import { extensions } from '../../phones/extensions/feature.ts'

/** When the last call of an extension ended, UTC milliseconds. */
interface LastCall {
  readonly endedAt: number
}
/** The extensions in a call; they count once somebody answered. */
interface Talk {
  readonly extensions: readonly string[]
  readonly answered: boolean
}

/** Calls that the switch kept through a crash are back by then, milliseconds. */
const RESTORED_BY = 10_000

/** Watches calls from now on; the returned function says when an extension's last call ended. */
export function watchIdleness(ctx: Context): (extension: string) => number | undefined {
  const last = ctx.live.collection<LastCall>('last-call', { keep: 'power' })
  const talks = ctx.live.collection<Talk>('talk', { keep: 'restart' })
  ctx.on('call.began', ({ call, from }) => {
    if (from.extension !== undefined) talks.set(call, { extensions: [from.extension], answered: false })
  })
  ctx.on('call.answered', ({ call, by }) => {
    const before = talks.get(call)?.extensions ?? []
    talks.set(call, { extensions: by.extension === undefined ? before : [...before, by.extension], answered: true })
  })
  ctx.on('call.ended', ({ call, at }) => {
    const talk = talks.get(call)
    if (talk?.answered) for (const extension of talk.extensions) last.set(extension, { endedAt: at })
    talks.delete(call)
  })
  ctx.on('document.changed', ({ kinds }) => {
    if (!kinds.includes('extension')) return
    for (const extension of last.all().keys()) if (!ctx.use(extensions).get(extension)) last.delete(extension)
  })
  // A call that a crash cut off is never told to end.
  ctx.clock.after(RESTORED_BY, () => {
    const alive = new Set(ctx.calls.live().map(call => call.id))
    for (const call of talks.all().keys()) if (!alive.has(call)) talks.delete(call)
  })
  return extension => last.get(extension)?.endedAt
}
