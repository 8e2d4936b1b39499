// What is kept but not used, each with what is wrong and the ways out: mend it, take the change back, delete it.
import { Alert, Anchor, Badge, Button, Code, Group, List, Modal, Paper, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Link } from 'wouter'
import { useAct } from '../kit/act.ts'
import { api } from '../kit/api.ts'
import { useGet, useRefresh } from '../kit/box.tsx'
import { AMBER, BLUE } from '../kit/colors.ts'
import { Loaded, Page } from '../kit/page.tsx'
import type { Fields } from '../kit/schema.ts'
import { tell, tellChange } from '../kit/toasts.tsx'
import { fieldWords, sentence, t, when } from '../kit/words.ts'

interface Aside {
  readonly kind: string
  readonly id: string
  readonly rev: number
  /** Whether a feature of this version knows the kind. */
  readonly known: boolean
  readonly title: string
  readonly label: string
  readonly manage: boolean
  /** What follows is told to whoever may see this kind. */
  readonly why?: string
  readonly faults?: Readonly<Record<string, string>>
  readonly value?: Fields
  readonly last?: { readonly rev: number; readonly at: number; readonly why: string; readonly by: string }
}

export default function AsidePage() {
  const aside = useGet<{ total: number; items: readonly Aside[] }>('aside', { live: ['document.'] })
  return (
    <Page title={t('aside.title')}>
      <Text maw={860}>{t('aside.intro')}</Text>
      <Loaded of={aside}>
        {({ total, items }) => (
          <Stack gap="md">
            {items.length === 0 && <Alert color="teal" title={t('aside.none')} />}
            {items.map(one => (
              <Card key={`${one.kind} ${one.id}`} one={one} />
            ))}
            {total > items.length && <Text c="dimmed">{t('health.unseen', { count: total - items.length })}</Text>}
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}

function Card({ one }: { readonly one: Aside }) {
  const faults = Object.entries(one.faults ?? {})
  const color = one.known ? AMBER : BLUE
  return (
    <Paper
      withBorder
      p="md"
      role="region"
      aria-label={`${one.title} ${one.label}`}
      style={{ borderInlineStart: `6px solid ${color}` }}
    >
      <Stack gap="sm">
        <Group gap="sm">
          <Badge color={color} variant="filled" radius="sm" size="lg" tt="none">
            {sentence(one.title)}
          </Badge>
          <Text fw={600} size="lg">
            {one.label}
          </Text>
        </Group>
        {one.value === undefined && <Text>{t('aside.not-yours')}</Text>}
        {!one.known && <Text>{t('aside.unknown')}</Text>}
        {faults.length > 0 ? (
          <List>
            {faults.map(([field, text]) => (
              <List.Item key={field}>
                {fieldWords(field)} {text}
              </List.Item>
            ))}
          </List>
        ) : (
          one.known && one.why !== undefined && <Text>{sentence(one.why)}</Text>
        )}
        {one.last && (
          <Text c="dimmed">{t('aside.last', { why: one.last.why, by: one.last.by, when: when(one.last.at) })}</Text>
        )}
        {one.value !== undefined && <Kept value={one.value} />}
        {one.manage && <Remedies one={one} />}
      </Stack>
    </Paper>
  )
}

function Kept({ value }: { readonly value: Fields }) {
  return (
    <details>
      <summary>{t('aside.kept')}</summary>
      <Code block mt="xs" style={{ whiteSpace: 'pre-wrap' }}>
        {JSON.stringify(value, null, 2)}
      </Code>
    </details>
  )
}

function Remedies({ one }: { readonly one: Aside }) {
  const act = useAct()
  const refresh = useRefresh()
  const restore = async (rev: number) => {
    const done = await act.run(async () => {
      await api('POST', `changes/${rev}/undo`, {})
      tell(t('undo.done'))
    })
    if (done) await refresh('aside', 'problems', 'changes', 'resources/')
  }
  const { last } = one
  return (
    <Group gap="sm">
      {one.known && (
        <Anchor
          component={Link}
          href={one.kind === 'settings' ? `/settings/${one.id}` : `/${one.kind}/${one.id}`}
          fw={600}
        >
          {t('aside.mend')}
        </Anchor>
      )}
      {last && (
        <Button variant="default" loading={act.busy} onClick={() => void restore(last.rev)}>
          {t('aside.restore')}
        </Button>
      )}
      <Deletion one={one} />
    </Group>
  )
}

function Deletion({ one }: { readonly one: Aside }) {
  const [open, { open: show, close }] = useDisclosure(false)
  const act = useAct()
  const refresh = useRefresh()
  const remove = async () => {
    const done = await act.run(async () => {
      const { change } = await api<{ change: number }>('DELETE', `aside/${one.kind}/${one.id}?rev=${one.rev}`)
      tellChange(t('undo.deleted'), change)
    })
    close()
    if (done) await refresh('aside', 'problems', 'changes')
  }
  return (
    <>
      <Button variant="light" color="red" onClick={show}>
        {t('aside.delete')}
      </Button>
      <Modal
        opened={open}
        onClose={close}
        title={t('form.delete.sure', { what: one.title.toLowerCase(), label: one.label })}
        closeButtonProps={{ 'aria-label': t('form.close') }}
      >
        <Stack>
          <Text>{t('aside.delete.about')}</Text>
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              {t('form.cancel')}
            </Button>
            <Button color="red" loading={act.busy} onClick={() => void remove()}>
              {t('form.delete')}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
