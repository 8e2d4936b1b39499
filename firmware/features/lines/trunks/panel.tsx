// The page of outside lines: how every trunk is, what it carries, and when that changed.
import { useGet } from '@kit/box.tsx'
import { GRAY, ORANGE, RED, TEAL } from '@kit/colors.ts'
import { Loaded, Page } from '@kit/page.tsx'
import { type Column, DataTable } from '@kit/table.tsx'
import { t, titleOf, when } from '@kit/words.ts'
import { Badge, Button, Stack, Text, Title } from '@mantine/core'
import { Link } from 'wouter'

type Health = 'healthy' | 'warning' | 'degraded' | 'critical' | 'down'

/** One address of a trunk; `connected` where it is spoken to over TLS. */
interface Spot {
  readonly address: string
  readonly silent: boolean
  readonly connected?: boolean
}

interface TrunkNow {
  readonly nameState: 'address' | 'asking' | 'found' | 'stale' | 'unknown'
  readonly addresses: readonly Spot[]
  readonly trunk: string
  readonly name: string
  readonly address: string
  readonly channels: number
  readonly carries: number
  readonly inService: boolean
  readonly health: Health
  readonly rate?: number
  readonly took?: number
  readonly out: number
  readonly in: number
  readonly failed: number
  readonly registration?: 'trying' | 'registered' | 'refused' | 'unreachable'
}
interface Change {
  readonly trunk: string
  readonly name: string
  readonly at: number
  readonly from: Health
  readonly to: Health
  readonly why: string
}

const COLORS: Readonly<Record<Health, string>> = {
  healthy: TEAL,
  warning: ORANGE,
  degraded: ORANGE,
  critical: RED,
  down: RED,
}
const LIVE = ['trunk.', 'call.', 'document.changed']

export default function Trunks() {
  const now = useGet<{ trunks: readonly TrunkNow[] }>('trunks/state', { live: LIVE, everySeconds: 15 })
  return (
    <Page title={titleOf('trunks')}>
      <Loaded of={now}>{({ trunks }) => (trunks.length === 0 ? <None /> : <Lines trunks={trunks} />)}</Loaded>
    </Page>
  )
}

const None = () => (
  <Stack align="flex-start" gap="sm">
    <Text>{t('trunks.none')}</Text>
    <Text c="dimmed">{t('trunks.none.more')}</Text>
    <Button component={Link} href="/trunk/new">
      {t('trunks.add')}
    </Button>
  </Stack>
)

function Lines({ trunks }: { readonly trunks: readonly TrunkNow[] }) {
  const past = useGet<{ changes: readonly Change[] }>('trunks/history', { live: ['trunk.'], everySeconds: 60 })
  return (
    <Stack gap="lg">
      <DataTable
        label={titleOf('trunks')}
        columns={COLUMNS}
        rows={trunks}
        keyOf={({ trunk }) => trunk}
        minWidth={860}
      />
      <Stack gap="sm">
        <Title order={2} size="h3">
          {t('trunks.history')}
        </Title>
        <Loaded of={past}>
          {({ changes }) =>
            changes.length === 0 ? (
              <Text>{t('trunks.history.none')}</Text>
            ) : (
              <DataTable
                label={t('trunks.history')}
                columns={HISTORY}
                rows={changes}
                keyOf={({ trunk, at, to }) => `${trunk} ${at} ${to}`}
                minWidth={600}
              />
            )
          }
        </Loaded>
      </Stack>
    </Stack>
  )
}

const COLUMNS: readonly Column<TrunkNow>[] = [
  {
    key: 'name',
    title: t('trunks.column.name'),
    draw: ({ trunk, name }) => (
      <Link className="row-link" href={`/trunk/${trunk}`}>
        {name}
      </Link>
    ),
  },
  {
    key: 'state',
    title: t('trunks.column.state'),
    draw: ({ inService, health }) => (
      <State word={inService ? health : 'out-of-service'} color={inService ? COLORS[health] : GRAY} />
    ),
  },
  {
    key: 'address',
    title: t('trunks.column.address'),
    text: spoken,
    draw: trunk => (
      <>
        <Text>{spoken(trunk)}</Text>
        {trunk.nameState !== 'address' || trunk.addresses.some(({ connected }) => connected !== undefined)
          ? trunk.addresses.map(one => (
              <Text key={one.address} size="sm" c="dimmed">
                {oneAddress(one)}
              </Text>
            ))
          : null}
        {NAME_TROUBLE.includes(trunk.nameState) && (
          <Text size="sm" c="dimmed">
            {t(`trunks.name.${trunk.nameState}`)}
          </Text>
        )}
      </>
    ),
  },
  { key: 'calls', title: t('trunks.column.calls'), text: ({ carries, channels }) => `${carries} / ${channels}` },
  { key: 'took', title: t('trunks.column.took'), text: ({ took }) => tookText(took) },
  {
    key: 'rate',
    title: t('trunks.column.rate'),
    text: ({ rate }) => (rate === undefined ? '–' : `${Math.round(rate * 100)} %`),
  },
  {
    key: 'counts',
    title: t('trunks.column.counts'),
    text: one => `${one.out} / ${one.in} / ${one.failed}`,
  },
]

const HISTORY: readonly Column<Change>[] = [
  { key: 'at', title: t('trunks.history.at'), text: ({ at }) => when(at) },
  { key: 'name', title: t('trunks.column.name'), text: ({ name }) => name },
  {
    key: 'change',
    title: t('trunks.history.change'),
    text: ({ from, to }) => `${t(`trunks.health.${from}`)} → ${t(`trunks.health.${to}`)}`,
  },
  { key: 'why', title: t('trunks.history.why'), text: ({ why }) => why || '–' },
]

const NAME_TROUBLE = ['asking', 'stale', 'unknown']

function spoken({ address, registration }: TrunkNow): string {
  return registration === undefined ? address : `${address}, ${t(`trunks.registration.${registration}`)}`
}

/** The address, and what is to be said of it. */
function oneAddress({ address, connected, silent }: Spot): string {
  const link = connected === undefined ? [] : [t(`trunks.connection.${connected ? 'up' : 'away'}`)]
  return [address, ...link, ...(silent && connected !== false ? [t('trunks.address.silent')] : [])].join(', ')
}

const tookText = (took?: number) => (took === undefined ? '–' : took < 1 ? '< 1 ms' : `${Math.round(took)} ms`)

const State = ({ word, color }: { readonly word: Health | 'out-of-service'; readonly color: string }) => (
  <Badge size="lg" radius="sm" variant="filled" tt="none" color={color} miw="max-content">
    {t(`trunks.health.${word}`)}
  </Badge>
)
