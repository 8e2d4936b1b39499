// The page of announcements: speak to a zone now, see who is reached, stop it, look back.

import { useAct } from '@kit/act.ts'
import { api } from '@kit/api.ts'
import { useGet, useRefresh, useRoute } from '@kit/box.tsx'
import { BLUE, GRAY, ORANGE, RED, TEAL } from '@kit/colors.ts'
import { HistoryTable } from '@kit/history.tsx'
import { Loaded, Page } from '@kit/page.tsx'
import { RouteForm } from '@kit/route-form.tsx'
import type { Node } from '@kit/schema.ts'
import type { Column } from '@kit/table.tsx'
import { causeText, t, titleOf, when } from '@kit/words.ts'
import { Badge, Button, Group, List, Modal, Paper, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { PageParams } from './settings.ts'

interface Delivery {
  readonly label: string
  readonly state: string
  readonly cause?: string | null
}
interface Running {
  readonly id: string
  readonly zoneName: string
  readonly why: { readonly cause: string }
  readonly deliveries: readonly (Delivery & { readonly key: string })[]
}
interface Past {
  readonly id: string
  readonly zone_name: string
  readonly who: string
  readonly cause: string
  readonly drill: number
  readonly started_at: number
  readonly outcome: string | null
}

const COLORS: Readonly<Record<string, string>> = {
  sent: GRAY,
  answered: BLUE,
  played: TEAL,
  'not-verified': GRAY,
  busy: ORANGE,
  failed: RED,
  dropped: ORANGE,
}

export default function Paging() {
  return (
    <Page title={titleOf('paging')}>
      <Start />
      <UnderWay />
      <History />
    </Page>
  )
}

function Start() {
  if (!useRoute('paging/start')) return null
  return (
    <RouteForm
      path="paging/start"
      schema={PageParams as unknown as Node}
      title={t('paging.new')}
      go={t('paging.start')}
      refreshes="paging/"
    />
  )
}

function UnderWay() {
  const status = useGet<{ pages: readonly Running[] }>('paging/status', { live: ['page.'], everySeconds: 3 })
  const mayStop = useRoute('paging/stop')
  const act = useAct()
  const refresh = useRefresh()
  const stop = async (page: string) => {
    if (await act.run(() => api('POST', 'paging/stop', { page }))) await refresh('paging/')
  }
  if (!status.data?.pages.length) return null
  return (
    <Stack gap="sm" component="section" aria-label={t('paging.under-way')}>
      <Title order={2} size="h3">
        {t('paging.under-way')}
      </Title>
      {status.data.pages.map(page => (
        <Paper key={page.id} withBorder p="md" role="group" aria-label={`${page.zoneName}, ${page.why.cause}`}>
          <Group justify="space-between" mb="sm">
            <div>
              <Text fw={650} size="lg">
                {page.zoneName}
              </Text>
              <Text c="dimmed">{page.why.cause}</Text>
            </div>
            {mayStop && (
              <Button color="red" disabled={act.busy} onClick={() => void stop(page.id)}>
                {t('paging.stop-it')}
              </Button>
            )}
          </Group>
          <Deliveries deliveries={page.deliveries} />
        </Paper>
      ))}
    </Stack>
  )
}

/** Who heard it, then who did not and why. */
function Deliveries({ deliveries, over }: { readonly deliveries: readonly Delivery[]; readonly over?: true }) {
  if (deliveries.length === 0) return <Text c="dimmed">{t(over ? 'paging.nobody-was' : 'paging.nobody')}</Text>
  const missed = deliveries.filter(isMissed)
  const others = deliveries.filter(one => !isMissed(one))
  const unverified = deliveries.filter(one => one.state === 'not-verified').length
  return (
    <Stack gap="sm">
      <Text>{t('paging.reached', { count: others.filter(isReached).length, all: deliveries.length })}</Text>
      {unverified > 0 && <Text>{t('paging.unverified', { count: unverified })}</Text>}
      {others.length > 0 && (
        <Group gap="xs">
          {others.map(one => (
            <Badge key={one.label} size="lg" radius="sm" variant="filled" tt="none" color={COLORS[one.state] ?? GRAY}>
              {one.label}: {t(`paging.delivery.${one.state}`)}
            </Badge>
          ))}
        </Group>
      )}
      {missed.length > 0 && (
        <div>
          <Text fw={600}>{t('paging.missed-by')}</Text>
          <List>
            {missed.map(one => (
              <List.Item key={one.label}>
                {one.label}: {one.cause ? causeText(one.cause) : t(`paging.delivery.${one.state}`)}
              </List.Item>
            ))}
          </List>
        </div>
      )}
    </Stack>
  )
}

const isMissed = ({ state }: Delivery): boolean => ['busy', 'failed', 'dropped'].includes(state)
const isReached = ({ state }: Delivery): boolean => state === 'answered' || state === 'played'

const COLUMNS: readonly Column<Past>[] = [
  { key: 'at', title: t('paging.at'), text: page => when(Number(page.started_at)) },
  { key: 'zone', title: t('paging.zone'), text: page => page.zone_name },
  {
    key: 'who',
    title: t('paging.who'),
    text: page => (page.drill ? `${page.cause} (${t('live.drill')})` : page.cause),
  },
  { key: 'outcome', title: t('paging.outcome'), text: page => t(`paging.outcome.${page.outcome ?? 'speaking'}`) },
]

function History() {
  const [open, setOpen] = useState<Past>()
  const heard: Column<Past> = {
    key: 'heard',
    title: t('paging.who-heard'),
    silent: true,
    draw: page => (
      <Button size="compact-md" variant="subtle" onClick={() => setOpen(page)}>
        {t('paging.who-heard')}
      </Button>
    ),
  }
  return (
    <Stack gap="sm">
      <Title order={2} size="h3">
        {t('paging.history')}
      </Title>
      <HistoryTable
        path="paging/history"
        rows="pages"
        live={['page.']}
        label={t('paging.history')}
        columns={[...COLUMNS, heard]}
        keyOf={page => page.id}
        none={t('paging.history.none')}
      />
      <Modal
        opened={open !== undefined}
        onClose={() => setOpen(undefined)}
        title={open && `${open.zone_name}, ${when(Number(open.started_at))}`}
        size="lg"
        closeButtonProps={{ 'aria-label': t('form.close') }}
      >
        {open && <PastDeliveries page={open.id} />}
      </Modal>
    </Stack>
  )
}

function PastDeliveries({ page }: { readonly page: string }) {
  const asked = useGet<{ deliveries: readonly Delivery[] }>(`paging/deliveries?page=${page}`)
  return <Loaded of={asked}>{({ deliveries }) => <Deliveries deliveries={deliveries} over />}</Loaded>
}
