// Choosing a new password, at the first sign-in or later.
import { Button, PasswordInput, Stack } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useAct } from './act.ts'
import { api } from './api.ts'
import type { SignedIn } from './box.tsx'
import { t } from './words.ts'

export function PasswordForm({ done }: { readonly done: (session: SignedIn) => void }) {
  const [current, setCurrent] = useState('')
  const [next, setNext] = useState('')
  const [again, setAgain] = useState('')
  const [differs, setDiffers] = useState(false)
  const act = useAct()
  const send = async (event: FormEvent) => {
    event.preventDefault()
    setDiffers(next !== again)
    if (next !== again) return
    await act.run(async () => {
      const { session } = await api<{ session: SignedIn }>('POST', 'session/password', { current, next })
      for (const empty of [setCurrent, setNext, setAgain]) empty('')
      done(session)
    })
  }
  return (
    <form onSubmit={send}>
      <Stack gap="md" maw={440}>
        <PasswordInput
          label={t('password.current')}
          autoComplete="current-password"
          required
          withAsterisk={false}
          value={current}
          error={act.faults.current}
          onChange={event => setCurrent(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('password.next')}
          autoComplete="new-password"
          required
          withAsterisk={false}
          value={next}
          error={act.faults.next}
          description={t('password.rule')}
          onChange={event => setNext(event.currentTarget.value)}
        />
        <PasswordInput
          label={t('password.again')}
          autoComplete="new-password"
          required
          withAsterisk={false}
          value={again}
          error={differs ? t('password.differs') : undefined}
          onChange={event => setAgain(event.currentTarget.value)}
        />
        <Button type="submit" loading={act.busy}>
          {t('password.go')}
        </Button>
      </Stack>
    </form>
  )
}
