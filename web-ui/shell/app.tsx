// Who sees what: nobody signed in, the first password, or the box itself.
import { Center, Loader } from '@mantine/core'
import { type QueryClient, useQuery, useQueryClient } from '@tanstack/react-query'
import { useEffect, useState } from 'react'
import { api } from '../kit/api.ts'
import { BoxProvider, type Described, type SignedIn } from '../kit/box.tsx'
import { Feed } from '../kit/feed.ts'
import { Loaded } from '../kit/page.tsx'
import { FirstPassword } from '../pages/first-password.tsx'
import { SignIn } from '../pages/sign-in.tsx'
import { Shell } from './shell.tsx'

const SESSION = ['session']

export function App() {
  const client = useQueryClient()
  const session = useQuery({
    queryKey: SESSION,
    queryFn: async () => (await api<{ session: SignedIn | null }>('GET', 'session')).session,
  })
  useEffect(() => {
    const ended = () => become(client, null)
    window.addEventListener('signed-out', ended)
    return () => window.removeEventListener('signed-out', ended)
  }, [client])
  if (session.data === null) return <SignIn done={next => become(client, next)} />
  if (session.data?.mustChangePassword) return <FirstPassword done={next => become(client, next)} />
  if (session.data) return <SignedInApp session={session.data} />
  return (
    <Center mih="100vh" p="lg">
      <Loaded of={session}>{() => <Loader />}</Loaded>
    </Center>
  )
}

/** Somebody else, or nobody: what was fetched before is not theirs. */
export function become(client: QueryClient, next: SignedIn | null): void {
  client.removeQueries({ predicate: query => query.queryKey[0] !== SESSION[0] })
  client.setQueryData(SESSION, next)
}

function SignedInApp({ session }: { readonly session: SignedIn }) {
  const client = useQueryClient()
  const [feed] = useState(() => new Feed())
  const described = useQuery({ queryKey: ['describe'], queryFn: () => api<Described>('GET', 'describe') })
  useEffect(() => {
    feed.start()
    const gap = feed.onGap(() => void client.invalidateQueries())
    const changed = feed.observe(['document.changed'], ({ fact }) => {
      const { kinds } = fact as { kinds: readonly string[] }
      const paths = kinds.flatMap(kind => [`resources/${kind}`, `choices/${kind}`])
      void client.invalidateQueries({
        predicate: ({ queryKey: [path] }) =>
          [...paths, 'changes', 'settings/', 'destinations'].some(one => String(path).startsWith(one)),
      })
      if (kinds.some(kind => kind === 'user' || kind === 'role')) void client.invalidateQueries({ queryKey: SESSION })
    })
    return () => {
      gap()
      changed()
      feed.stop()
    }
  }, [feed, client])
  if (described.data) {
    return (
      <BoxProvider session={session} described={described.data} feed={feed}>
        <Shell />
      </BoxProvider>
    )
  }
  return (
    <Center mih="100vh" p="lg">
      <Loaded of={described}>{() => <Loader />}</Loaded>
    </Center>
  )
}
