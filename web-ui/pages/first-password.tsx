// Before anything else: a password that only its owner knows.
import { Center, Paper, Stack, Text, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import type { SignedIn } from '../kit/box.tsx'
import { PasswordForm } from '../kit/password-form.tsx'
import { t } from '../kit/words.ts'

export function FirstPassword({ done }: { readonly done: (session: SignedIn) => void }) {
  useDocumentTitle(`${t('password.title')} · ${t('shell.name')}`)
  return (
    <Center mih="100vh" p="md" component="main">
      <Paper withBorder shadow="sm" p="xl" w="100%" maw={500}>
        <Stack gap="md">
          <Title order={1} size="h2">
            {t('password.title')}
          </Title>
          <Text>{t('password.why')}</Text>
          <PasswordForm done={done} />
        </Stack>
      </Paper>
    </Center>
  )
}
