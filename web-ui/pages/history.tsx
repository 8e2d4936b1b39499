// What was changed, by whom, and taking it back.
import { Anchor, Button, Group, Paper, Stack, Table, Text } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'
import { useAct } from '../kit/act.ts'
import { api } from '../kit/api.ts'
import { useGet, useRefresh } from '../kit/box.tsx'
import { Loaded, Page } from '../kit/page.tsx'
import type { Fields } from '../kit/schema.ts'
import { tell } from '../kit/toasts.tsx'
import { fieldWords, sentence, t, when } from '../kit/words.ts'

/** So many things of one change are shown at once. */
const FEW = 5

interface Change {
  readonly kind: string
  readonly title: string
  readonly id: string
  readonly label: string
  readonly before?: Fields
  readonly after?: Fields
}
interface ChangeSet {
  readonly rev: number
  readonly at: number
  readonly why: string
  readonly author: { readonly by: string; readonly name: string }
  readonly undoes?: number
  /** How many things it touched; only the first of them are here. */
  readonly touched: number
  readonly changes: readonly Change[]
}

export default function History() {
  const [before, setBefore] = useState<readonly number[]>([])
  const from = before.at(-1)
  const list = useGet<{ items: readonly ChangeSet[]; more: boolean }>(
    `changes?limit=25${from === undefined ? '' : `&before=${from}`}`,
    {
      live: ['document.changed'],
    },
  )
  return (
    <Page title={t('history.title')}>
      <Loaded of={list}>
        {({ items, more }) => (
          <Stack gap="md">
            {items.length === 0 && <Text>{t('history.none')}</Text>}
            {items.map(set => (
              <Entry key={set.rev} set={set} />
            ))}
            {more && (
              <Button
                variant="light"
                style={{ alignSelf: 'flex-start' }}
                onClick={() => setBefore([...before, items.at(-1)?.rev ?? 1])}
              >
                {t('history.older')}
              </Button>
            )}
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}

function Entry({ set }: { readonly set: ChangeSet }) {
  const act = useAct()
  const refresh = useRefresh()
  const [all, setAll] = useState(false)
  const undo = async () => {
    const done = await act.run(async () => {
      await api('POST', `changes/${set.rev}/undo`, {})
      tell(t('undo.done'))
    })
    if (done) await refresh('changes', 'resources/')
  }
  return (
    <Paper withBorder p="md">
      <Group justify="space-between" align="flex-start" wrap="nowrap">
        <Stack gap={2} style={{ minWidth: 0 }}>
          <Text fw={600}>{sentence(set.why)}</Text>
          <Text size="sm" c="dimmed">
            {when(set.at)} {t('history.by', { who: set.author.name })}
            {set.undoes !== undefined && `, ${t('history.undone', { rev: set.undoes })}`}
          </Text>
        </Stack>
        <Button variant="default" loading={act.busy} onClick={() => void undo()}>
          {t('undo.go')}
        </Button>
      </Group>
      {set.changes.slice(0, all ? undefined : FEW).map(change => (
        <Difference key={`${change.kind} ${change.id}`} change={change} />
      ))}
      {!all && set.changes.length > FEW && (
        <Button variant="subtle" px={0} onClick={() => setAll(true)}>
          {t('history.more', { count: set.touched - FEW })}
        </Button>
      )}
      {all && set.touched > set.changes.length && (
        <Text c="dimmed">{t('history.unseen', { count: set.touched - set.changes.length })}</Text>
      )}
    </Paper>
  )
}

function Difference({ change }: { readonly change: Change }) {
  const how = change.before ? (change.after ? 'changed' : 'deleted') : 'added'
  const names = [...new Set([...Object.keys(change.before ?? {}), ...Object.keys(change.after ?? {})])]
  const differing = names.filter(name => shown(change.before?.[name]) !== shown(change.after?.[name]))
  const title = `${change.title} ${change.label}`
  return (
    <Stack gap={4} mt="sm">
      <Text>
        {how === 'deleted' ? (
          title
        ) : (
          <Anchor component={Link} href={`/${change.kind}/${change.id}`}>
            {title}
          </Anchor>
        )}{' '}
        {t(`history.${how}`)}
      </Text>
      {how === 'changed' && differing.length > 0 && (
        <Table fz="md" withRowBorders={false} verticalSpacing={2}>
          <Table.Tbody>
            {differing.map(name => (
              <Table.Tr key={name}>
                <Table.Th w="30%">{fieldWords(name)}</Table.Th>
                <Table.Td>
                  <Text span c="dimmed" td="line-through">
                    {shown(change.before?.[name])}
                  </Text>{' '}
                  → {shown(change.after?.[name])}
                </Table.Td>
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      )}
    </Stack>
  )
}

function shown(value: unknown): string {
  if (value === undefined || value === null || value === '') return t('history.empty')
  if (typeof value === 'boolean') return t(value ? 'form.yes' : 'form.no')
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}
