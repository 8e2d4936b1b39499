// Who is signed in now, and signing somebody out.
import type { Context, Route } from '../../../kernel/feature.ts'
import { Ref, type Static, Type } from '../../../kernel/schema.ts'
import type { Sessions } from './sessions.ts'
import { userKind } from './settings.ts'

const SignOut = Type.Object({ user: Ref('user') }, { additionalProperties: false })

export function userRoutes(ctx: Context<unknown>, sessions: Sessions): readonly Route<never, unknown>[] {
  const signedIn: Route<never, unknown> = {
    method: 'GET',
    path: 'users/signed-in',
    about: 'Who is signed in now, from where and since when.',
    permission: 'users.view',
    run: () => ({
      sessions: sessions.all().map(({ user, from, openedAt, seenAt }) => ({
        user,
        name: ctx.store.get(userKind, user)?.name ?? '',
        from,
        openedAt,
        seenAt,
      })),
    }),
  }
  const signOut: Route<Static<typeof SignOut>, { ended: number }> = {
    method: 'POST',
    path: 'users/sign-out',
    about: 'Ends all sessions of a user.',
    permission: 'users.manage',
    input: SignOut,
    run: ({ user }) => ({ ended: sessions.endOf(user) }),
  }
  return [signedIn, signOut as Route<never, unknown>]
}
