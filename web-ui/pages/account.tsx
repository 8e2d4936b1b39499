// The signed-in person: roles, password, other sessions.
import { Button, Paper, Stack, Text, Title } from '@mantine/core'
import { useAct } from '../kit/act.ts'
import { api } from '../kit/api.ts'
import { useBox } from '../kit/box.tsx'
import { Page } from '../kit/page.tsx'
import { PasswordForm } from '../kit/password-form.tsx'
import { tell } from '../kit/toasts.tsx'
import { t } from '../kit/words.ts'

export default function Account() {
  const { session } = useBox()
  const act = useAct()
  const elsewhere = () =>
    act.run(async () => {
      const { ended } = await api<{ ended: number }>('POST', 'session/elsewhere', {})
      tell(t('account.elsewhere.done', { count: ended }))
    })
  return (
    <Page title={session.user.name}>
      <Text>
        {t('account.roles')}: {session.user.roles.join(', ') || t('account.none')}
      </Text>
      <Paper withBorder p="lg">
        <Stack gap="md">
          <Title order={2} size="h3">
            {t('password.go')}
          </Title>
          <PasswordForm done={() => tell(t('password.done'))} />
        </Stack>
      </Paper>
      <Button variant="default" style={{ alignSelf: 'flex-start' }} loading={act.busy} onClick={() => void elsewhere()}>
        {t('account.elsewhere')}
      </Button>
    </Page>
  )
}
