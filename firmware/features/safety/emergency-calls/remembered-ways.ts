// The ways out of the plant as they last were: kept through a power cut, for when whoever knows of them does not run.
import type { Leg, RememberedWay } from '../../../kernel/call/call.types.ts'
import type { Context } from '../../../kernel/feature.ts'
import type { WayOutside } from './answering.ts'

interface Kept {
  readonly ways: readonly RememberedWay[]
}

export interface RememberedWays {
  all(): readonly RememberedWay[]
  /** From now on these are the ways, asked for again whenever the last resort is told. */
  learnFrom(ways: () => readonly RememberedWay[]): void
  /** The ways for this call, those of its site first. */
  of(caller: Leg): readonly WayOutside[]
}

/** Opens what a predecessor kept. */
export function rememberedWays(ctx: Pick<Context, 'live' | 'store'>): RememberedWays {
  const kept = ctx.live.collection<Kept>('outside', { keep: 'power' })
  let source: (() => readonly RememberedWay[]) | undefined
  const all = () => {
    const ways = source?.()
    if (ways !== undefined && JSON.stringify(ways) !== JSON.stringify(kept.get('now')?.ways)) kept.set('now', { ways })
    return kept.get('now')?.ways ?? []
  }
  return {
    all,
    learnFrom(ways) {
      source = ways
    },
    of({ call, party }) {
      const ways = kept.get('now')?.ways.filter(({ dialled }) => dialled === call.dialled) ?? []
      const isNear = ({ site }: RememberedWay) => site !== undefined && site === party.site
      const inOrder = [...ways.filter(isNear), ...ways.filter(way => !isNear(way))]
      return inOrder.map(way => ({ ...provenWay(ctx, way), works: true, told() {} }))
    },
  }
}

/** With the password that the far side asks for, from the vault. */
function provenWay(
  ctx: Pick<Context, 'store'>,
  { target, as, login }: RememberedWay,
): Pick<WayOutside, 'target' | 'as'> {
  const secret = login && ctx.store.secret(login.secret)
  if (login === undefined || secret === undefined) return { target, as }
  return { target: { ...target, credentials: { username: login.username, secret } }, as }
}
