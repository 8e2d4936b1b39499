// The door.
import { Alert, Button, Center, Paper, PasswordInput, Stack, Text, TextInput, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import { type FormEvent, useState } from 'react'
import { ApiError, api, textOf } from '../kit/api.ts'
import type { SignedIn } from '../kit/box.tsx'
import { t } from '../kit/words.ts'

export function SignIn({ done }: { readonly done: (session: SignedIn) => void }) {
  useDocumentTitle(`${t('sign-in.title')} · ${t('shell.name')}`)
  const [signIn, setSignIn] = useState('')
  const [password, setPassword] = useState('')
  const [fault, setFault] = useState<string>()
  const [busy, setBusy] = useState(false)
  const send = async (event: FormEvent) => {
    event.preventDefault()
    setBusy(true)
    setFault(undefined)
    try {
      const { session } = await api<{ session: SignedIn }>('POST', 'session', { signIn, password })
      done(session)
    } catch (error) {
      const wait = error instanceof ApiError && error.retrySeconds > 0
      setFault(wait ? t('sign-in.too-fast', { seconds: error.retrySeconds }) : textOf(error))
      setBusy(false)
    }
  }
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder shadow="sm" p="xl" w="100%" maw={440} component="form" onSubmit={send}>
        <Stack gap="md">
          <div>
            <Text c="dimmed" fw={600}>
              {t('shell.name')}
            </Text>
            <Title order={1} size="h2">
              {t('sign-in.title')}
            </Title>
          </div>
          {fault !== undefined && (
            <Alert color="red" role="alert">
              {fault}
            </Alert>
          )}
          <TextInput
            label={t('sign-in.name')}
            autoComplete="username"
            autoFocus
            required
            withAsterisk={false}
            value={signIn}
            onChange={event => setSignIn(event.currentTarget.value)}
          />
          <PasswordInput
            label={t('sign-in.password')}
            autoComplete="current-password"
            required
            withAsterisk={false}
            value={password}
            onChange={event => setPassword(event.currentTarget.value)}
          />
          <Button type="submit" loading={busy} fullWidth>
            {t('sign-in.go')}
          </Button>
          <Text size="sm" c="dimmed">
            {t('sign-in.hint')}
          </Text>
        </Stack>
      </Paper>
    </Center>
  )
}
