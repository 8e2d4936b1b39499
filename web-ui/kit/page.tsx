// The frame of a page: its title, its buttons, and what it shows while waiting or when the box refuses.
import { Alert, Button, Center, Group, Loader, Stack, Title } from '@mantine/core'
import { useDocumentTitle } from '@mantine/hooks'
import type { ReactNode } from 'react'
import { textOf } from './api.ts'
import { t } from './words.ts'

export function Page(props: { readonly title: string; readonly buttons?: ReactNode; readonly children: ReactNode }) {
  useDocumentTitle(`${props.title} · ${t('shell.name')}`)
  return (
    <Stack gap="lg">
      <Group justify="space-between" align="center">
        <Title order={1} size="h2">
          {props.title}
        </Title>
        {props.buttons && <Group gap="sm">{props.buttons}</Group>}
      </Group>
      {props.children}
    </Stack>
  )
}

interface Asked<T> {
  readonly data: T | undefined
  readonly error: unknown
  refetch(): unknown
}

/** Shows a loader, the refusal, or the thing itself. Old data stay visible while the box is out of reach. */
export function Loaded<T>(props: { readonly of: Asked<T>; children(data: T): ReactNode }) {
  const { of, children } = props
  if (of.data !== undefined) return <>{children(of.data)}</>
  if (of.error !== null && of.error !== undefined) {
    return (
      <Alert color="red" title={t('error.title')}>
        <Stack align="flex-start" gap="sm">
          {textOf(of.error)}
          <Button variant="light" color="red" onClick={() => void of.refetch()}>
            {t('error.again')}
          </Button>
        </Stack>
      </Alert>
    )
  }
  return (
    <Center mih={160}>
      <Loader aria-label="…" />
    </Center>
  )
}
