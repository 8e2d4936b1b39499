// The page of bells: what rings next and where, by zone; ring now, silent today; what rang and what did not.
import { useAct } from '@kit/act.ts'
import { api } from '@kit/api.ts'
import { useGet, useMay, useRefresh, useRoute } from '@kit/box.tsx'
import { HistoryTable } from '@kit/history.tsx'
import { Loaded, Page } from '@kit/page.tsx'
import { type Column, DataTable } from '@kit/table.tsx'
import { tell } from '@kit/toasts.tsx'
import { t, titleOf, when } from '@kit/words.ts'
import { Button, Group, Select, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'

interface ZoneNow {
  readonly id: string
  readonly name: string
  readonly silencedBy?: string
}
interface BellNow {
  readonly id: string
  readonly name: string
  /** As the clock of its site shows it. */
  readonly next: readonly { readonly at: number; readonly local: string }[]
  readonly zones: readonly ZoneNow[]
  readonly silencedBy?: string
  readonly leftOut?: { readonly why: string; readonly local: string }
}
interface Ring {
  readonly id: string
  readonly name: string
  readonly zones: string
  readonly due_at: number | null
  readonly at: number
  readonly who: string
  readonly outcome: string
  readonly late: number | null
  readonly reached: number | null
  readonly missed: number | null
}

export default function Bells() {
  const state = useGet<{ bells: readonly BellNow[] }>('bells/state', {
    live: ['bell.', 'schedule.', 'document.changed'],
    everySeconds: 30,
  })
  return (
    <Page title={titleOf('bells')}>
      <Loaded of={state}>{({ bells }) => (bells.length === 0 ? <None /> : <Now bells={bells} />)}</Loaded>
      <Stack gap="sm">
        <Title order={2} size="h3">
          {t('bells.history')}
        </Title>
        <HistoryTable
          path="bells/history"
          rows="rings"
          live={['bell.', 'page.ended']}
          label={t('bells.history')}
          columns={PAST}
          keyOf={ring => ring.id}
          none={t('bells.history.none')}
        />
      </Stack>
    </Page>
  )
}

const Add = () => (
  <Button component={Link} href="/bell/new">
    {t('bells.add')}
  </Button>
)

const None = () => (
  <Stack align="flex-start" gap="sm">
    <Text>{t('bells.none')}</Text>
    {useMay('bells.manage') && <Add />}
  </Stack>
)

function Now({ bells }: { readonly bells: readonly BellNow[] }) {
  const [chosen, choose] = useState<string | null>(null)
  const zones = [...new Map(bells.flatMap(bell => bell.zones).map(zone => [zone.id, zone])).values()]
  const zone = zones.find(one => one.id === chosen)
  const shown = bells
    .filter(bell => zone === undefined || bell.zones.some(one => one.id === zone.id))
    .sort((a, b) => (a.next[0]?.at ?? Number.MAX_VALUE) - (b.next[0]?.at ?? Number.MAX_VALUE))
  const may = useMay('bells.manage')
  return (
    <Stack gap="md">
      <Group align="flex-end" justify="space-between">
        <Group align="flex-end">
          <Select
            label={t('bells.zone')}
            placeholder={t('bells.every-zone')}
            data={zones.map(({ id, name }) => ({ value: id, label: name }))}
            value={chosen}
            onChange={choose}
            clearable
          />
          {zone && (
            <SilenceButton of={{ zone: zone.id }} label={t('bells.silence-zone', { zone: zone.name })} now={zone} />
          )}
        </Group>
        {may && <Add />}
      </Group>
      {zones
        .filter(one => one.silencedBy !== undefined)
        .map(({ id, name, silencedBy = '' }) => (
          <Text key={id} fw={650}>
            {t('bells.zone-silent', { zone: name, who: silencedBy })}
          </Text>
        ))}
      <DataTable label={titleOf('bells')} columns={COLUMNS} rows={shown} keyOf={bell => bell.id} minWidth={860} />
    </Stack>
  )
}

function SilenceButton(props: {
  readonly of: { readonly bell: string } | { readonly zone: string }
  readonly label: string
  readonly now: { readonly silencedBy?: string }
}) {
  const may = useRoute('bells/silence')
  const act = useAct()
  const refresh = useRefresh()
  if (!may) return null
  const today = props.now.silencedBy === undefined
  const say = async () => {
    if (await act.run(() => api('POST', 'bells/silence', { ...props.of, today }))) await refresh('bells/')
  }
  return (
    <Button size="compact-md" variant="default" loading={act.busy} onClick={() => void say()}>
      {today ? props.label : t('bells.unsilence')}
    </Button>
  )
}

function Hand({ bell }: { readonly bell: BellNow }) {
  const may = useRoute('bells/ring')
  const act = useAct()
  const refresh = useRefresh()
  if (!may) return null
  const ask = async (path: string) => {
    const done = await act.run(() => api('POST', path, { bell: bell.id }))
    if (done && path === 'bells/ring') tell(t('bells.rings', { bell: bell.name }))
    if (done) await refresh('bells/')
  }
  return (
    <Group gap="xs">
      <Button size="compact-md" variant="light" loading={act.busy} onClick={() => void ask('bells/ring')}>
        {t('bells.now')}
      </Button>
      <SilenceButton of={{ bell: bell.id }} label={t('bells.silence')} now={bell} />
      {bell.leftOut && (
        <Button size="compact-md" variant="default" loading={act.busy} onClick={() => void ask('bells/seen')}>
          {t('bells.seen')}
        </Button>
      )}
    </Group>
  )
}

function Name({ bell }: { readonly bell: BellNow }) {
  const { id, name, silencedBy, leftOut } = bell
  return (
    <Stack gap={2}>
      <Link className="row-link" href={`/bell/${id}`}>
        {name}
      </Link>
      {silencedBy !== undefined && <Text fw={650}>{t('bells.silent-today', { who: silencedBy })}</Text>}
      {leftOut && (
        <Text fw={650}>
          {leftOut.local}: {t(`bells.why.${leftOut.why}`)}
        </Text>
      )}
    </Stack>
  )
}

const Next = ({ bell: { next } }: { readonly bell: BellNow }) => (
  <Stack gap={2}>
    {next.length === 0 && <Text c="dimmed">{t('bells.next.none')}</Text>}
    {next.map(({ at, local }, index) => (
      <Text key={at} {...(index === 0 ? { fw: 650 } : { c: 'dimmed' as const })}>
        {local}
      </Text>
    ))}
  </Stack>
)

const COLUMNS: readonly Column<BellNow>[] = [
  { key: 'bell', title: t('bells.column.bell'), draw: bell => <Name bell={bell} /> },
  { key: 'next', title: t('bells.column.next'), minWidth: 160, draw: bell => <Next bell={bell} /> },
  { key: 'zones', title: t('bells.column.zones'), text: ({ zones }) => zones.map(zone => zone.name).join(', ') },
  { key: 'hand', title: t('bells.now'), silent: true, draw: bell => <Hand bell={bell} /> },
]

const OUTCOMES = ['ringing', 'rung', 'stopped', 'gave-way', 'interrupted', 'silenced']

const PAST: readonly Column<Ring>[] = [
  { key: 'at', title: t('bells.at'), text: ring => when(Number(ring.due_at ?? ring.at)) },
  { key: 'bell', title: t('bells.column.bell'), text: ring => ring.name },
  { key: 'zones', title: t('bells.column.zones'), text: ring => ring.zones },
  { key: 'who', title: t('bells.who'), text: ring => ring.who },
  { key: 'late', title: t('bells.late'), text: ring => (ring.late === null ? '' : `${ring.late} ms`) },
  {
    key: 'heard',
    title: t('bells.heard'),
    text: ({ reached, missed }) =>
      reached === null ? '' : t('bells.heard-by', { reached, all: reached + (missed ?? 0) }),
  },
  {
    key: 'outcome',
    title: t('bells.outcome'),
    text: ({ outcome }) => t(`bells.${OUTCOMES.includes(outcome) ? 'outcome' : 'why'}.${outcome}`),
  },
]
