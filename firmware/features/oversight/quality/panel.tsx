// The page of call quality: how every running call sounds, drawn as it goes, and how calls of the past sounded.
import { useGet } from '@kit/box.tsx'
import { HistoryTable } from '@kit/history.tsx'
import { Loaded, Page } from '@kit/page.tsx'
import { Seal } from '@kit/seal.tsx'
import type { Column } from '@kit/table.tsx'
import { t, titleOf, when } from '@kit/words.ts'
import { Button, Group, Paper, Stack, Switch, Text, Title } from '@mantine/core'
import { useState } from 'react'
import { Link, useSearch } from 'wouter'

interface Sound {
  readonly lossPercent: number
  readonly jitterMilliseconds: number
  readonly opinion?: number
}
interface Moment {
  readonly at: number
  readonly says?: Sound
  readonly hears?: Sound
  readonly roundTripMilliseconds?: number
}
interface LiveLeg {
  readonly id: string
  readonly number: string
  readonly name: string
  readonly codec: string
  readonly encryption?: { readonly suite: string; readonly forged: number }
  readonly moments: readonly Moment[]
}
interface PastLeg {
  readonly id: string
  readonly call: string
  readonly ended_at: number
  readonly number: string
  readonly name: string
  readonly codec: string
  readonly says_loss: number | null
  readonly says_jitter: number | null
  readonly hears_loss: number | null
  readonly hears_jitter: number | null
  readonly round_trip: number | null
  readonly longest_gap: number
  readonly worst_opinion: number | null
  readonly worst_at: number | null
}

export default function Quality() {
  const call = new URLSearchParams(useSearch()).get('call')
  const [poor, setPoor] = useState(false)
  const asked = { ...(poor ? { poor: 'true' } : {}), ...(call === null ? {} : { call }) }
  const fields = (
    <Switch
      label={t('quality.only-poor')}
      checked={poor}
      pb={8}
      onChange={event => setPoor(event.currentTarget.checked)}
    />
  )
  return (
    <Page title={titleOf('quality')}>
      <Stack gap="lg">
        {call === null ? <Now /> : <OneCall />}
        <Title order={2}>{t('quality.past')}</Title>
        <HistoryTable
          path="quality/search"
          rows="legs"
          live={['call.ended']}
          label={t('quality.past')}
          columns={COLUMNS}
          keyOf={leg => leg.id}
          none={t('quality.none')}
          more={{ asked, fields, clear: () => setPoor(false) }}
          minWidth={960}
        />
      </Stack>
    </Page>
  )
}

function OneCall() {
  return (
    <Group gap="md">
      <Text>{t('quality.of-call')}</Text>
      <Button component={Link} href="/quality" variant="light">
        {t('quality.all-calls')}
      </Button>
    </Group>
  )
}

function Now() {
  const live = useGet<{ legs: readonly LiveLeg[] }>('quality/live', { live: ['call.'], everySeconds: 5 })
  return (
    <>
      <Title order={2}>{t('quality.now')}</Title>
      <Loaded of={live}>
        {({ legs }) =>
          legs.length === 0 ? (
            <Text>{t('quality.none-now')}</Text>
          ) : (
            <Stack gap="sm" role="list" aria-label={t('quality.now')}>
              {legs.map(leg => (
                <Card key={leg.id} leg={leg} />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </>
  )
}

function Card({ leg }: { readonly leg: LiveLeg }) {
  const last = leg.moments.at(-1)
  return (
    <Paper withBorder p="md" role="listitem">
      <Group justify="space-between" gap="lg">
        <Stack gap={4}>
          <Text fw={650} size="lg">
            {`${leg.name} ${leg.number}`.trim()} {leg.codec}
          </Text>
          <Text c="dimmed">
            <Seal closed={leg.encryption !== undefined} />
            {sealOf(leg)}
          </Text>
          {last === undefined ? (
            <Text>{t('quality.waiting')}</Text>
          ) : (
            <>
              <Text>
                {t('quality.says')}: {sideOf(last.says)}
              </Text>
              <Text>
                {t('quality.hears')}: {sideOf(last.hears)}
              </Text>
            </>
          )}
        </Stack>
        <Graph moments={leg.moments} />
      </Group>
    </Paper>
  )
}

function sealOf({ encryption }: LiveLeg): string {
  if (encryption === undefined) return t('quality.clear')
  const forged = encryption.forged > 0 ? ` · ${t('quality.forged', { count: encryption.forged })}` : ''
  return `${t('quality.encrypted', { suite: encryption.suite })}${forged}`
}

const WIDTH = 300
const HEIGHT = 60
/** Five minutes of five seconds. */
const MOMENTS = 60

/** Opinion over time, 1 at the bottom and 4.5 on top. */
function Graph({ moments }: { readonly moments: readonly Moment[] }) {
  const known = moments.map(({ says, hears }) => Math.min(says?.opinion ?? 5, hears?.opinion ?? 5))
  const points = known
    .map((opinion, i) => ({ opinion, x: ((MOMENTS - known.length + i) / (MOMENTS - 1)) * WIDTH }))
    .filter(({ opinion }) => opinion <= 4.5)
  const now = points.at(-1)
  if (now === undefined) return null
  const line = points.map(
    ({ opinion, x }) => `${x.toFixed(1)},${(((4.5 - opinion) / 3.5) * (HEIGHT - 4) + 2).toFixed(1)}`,
  )
  const label = t('quality.graph', { now: now.opinion.toFixed(1) })
  return (
    <Stack gap={4} align="flex-end">
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} width={WIDTH} height={HEIGHT} role="img" aria-label={label}>
        <line x1="0" y1={HEIGHT - 1} x2={WIDTH} y2={HEIGHT - 1} stroke="currentColor" opacity="0.3" />
        <polyline points={line.join(' ')} fill="none" stroke="currentColor" strokeWidth="2" />
      </svg>
      <Text fw={650}>{now.opinion.toFixed(1)}</Text>
    </Stack>
  )
}

const sideOf = (sound: Sound | undefined): string =>
  sound === undefined ? t('quality.untold') : side(sound.lossPercent, sound.jitterMilliseconds)

function side(loss: number | null, jitter: number | null): string {
  if (loss === null) return t('quality.untold')
  return t('quality.side', { loss: loss.toFixed(1), jitter: Math.round(jitter ?? 0) })
}

const COLUMNS: readonly Column<PastLeg>[] = [
  { key: 'at', title: t('quality.at'), text: leg => when(Number(leg.ended_at)) },
  { key: 'station', title: t('quality.station'), text: leg => `${leg.name} ${leg.number}`.trim() },
  { key: 'with', title: t('quality.with'), text: leg => leg.codec },
  { key: 'says', title: t('quality.says'), text: leg => side(leg.says_loss, leg.says_jitter) },
  { key: 'hears', title: t('quality.hears'), text: leg => side(leg.hears_loss, leg.hears_jitter) },
  { key: 'trip', title: t('quality.round-trip.title'), text: leg => milliseconds(leg.round_trip) },
  { key: 'gap', title: t('quality.longest-gap'), text: leg => milliseconds(leg.longest_gap) },
  { key: 'worst', title: t('quality.worst'), text: worst },
]

const milliseconds = (value: number | null): string => (value === null ? '–' : `${Math.round(value)} ms`)

function worst({ worst_opinion: opinion, worst_at: at }: PastLeg): string {
  return opinion === null || at === null ? '–' : `${opinion.toFixed(1)}, ${when(Number(at))}`
}
