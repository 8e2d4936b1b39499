// The page of calls for help: who, where, whom to call back, who answered, who takes care, who was told.

import { useGet, useRoute } from '@kit/box.tsx'
import { useLabels } from '@kit/cells.tsx'
import { AcknowledgeEmergency, type LiveEmergency, stateOfEmergency, useLiveEmergencies } from '@kit/emergencies.tsx'
import { HistoryTable } from '@kit/history.tsx'
import { Page } from '@kit/page.tsx'
import type { Column } from '@kit/table.tsx'
import { t, titleOf, when } from '@kit/words.ts'
import { Alert, Group, List, Paper, Stack, Text, Title } from '@mantine/core'

interface Notice {
  readonly at: number
  readonly whom: string
  readonly how: string
  readonly result: string
}
interface Past {
  readonly id: string
  readonly at: number
  readonly ended_at: number | null
  readonly dialled: string
  readonly caller: string
  readonly call_back: string
  readonly place: string
  readonly address: string
  readonly answered_by: string | null
  readonly acknowledged_by: string | null
  readonly acknowledged_at: number | null
  readonly notices: readonly Notice[]
}

export default function EmergencyCalls() {
  const live = useLiveEmergencies()
  return (
    <Page title={titleOf('emergency-calls')}>
      {live.length === 0 && (
        <Alert color="teal" title={t('emergency-calls.quiet')}>
          {t('emergency-calls.quiet.more')}
        </Alert>
      )}
      {live.map(call => (
        <Live key={call.call} call={call} />
      ))}
      <CallBacks />
      <Stack gap="sm">
        <Title order={2} size="h3">
          {t('emergency-calls.history')}
        </Title>
        <HistoryTable
          path="emergency-calls/history"
          rows="calls"
          live={['emergency-call.']}
          label={t('emergency-calls.history')}
          columns={COLUMNS}
          keyOf={call => call.id}
          none={t('emergency-calls.history.none')}
          minWidth={900}
        />
      </Stack>
    </Page>
  )
}

function Live({ call }: { readonly call: LiveEmergency }) {
  return (
    <Paper withBorder p="lg" role="region" aria-label={call.caller}>
      <Group justify="space-between" align="flex-start">
        <Stack gap={4}>
          <Title order={2} size="h3">
            {call.place}
          </Title>
          {call.address !== '' && <Text size="lg">{call.address}</Text>}
          <Text size="lg" fw={650}>
            {call.caller} → {call.dialled}
          </Text>
          <Text>
            {t('emergency-calls.call-back')}: {call.callBack} · {when(call.at)}
          </Text>
          <Text>{stateOfEmergency(call)}</Text>
        </Stack>
        <AcknowledgeEmergency call={call} on="page" />
      </Group>
    </Paper>
  )
}

interface Lease {
  readonly call: string
  readonly number: string
  readonly name: string
  readonly until: number
  /** Called from outside, not from a phone of the plant. */
  readonly outside?: true
}

/** Phones that called for help a short while ago: a call back rings them, whatever they are forwarded to. */
function CallBacks() {
  const enabled = useRoute('emergency-call-backs/leases')
  const { data } = useGet<{ leases: readonly Lease[] }>('emergency-call-backs/leases', {
    live: ['emergency-call.'],
    enabled,
    everySeconds: 20,
  })
  const leases = data?.leases ?? []
  if (leases.length === 0) return null
  return (
    <Stack gap="xs" component="section" aria-label={t('emergency-calls.call-backs')}>
      <Title order={2} size="h3">
        {t('emergency-calls.call-backs')}
      </Title>
      <Text>{t('emergency-calls.call-backs.more')}</Text>
      <List>
        {leases.map(({ call, name, number, until, outside }) => (
          <List.Item key={`${call} ${number}`}>
            {t(outside ? 'emergency-calls.call-backs.outside' : 'emergency-calls.call-backs.one', {
              number,
              who: name === '' ? number : name,
              when: when(until),
            })}
          </List.Item>
        ))}
      </List>
    </Stack>
  )
}

const COLUMNS: readonly Column<Past>[] = [
  { key: 'at', title: t('emergency-calls.at'), text: call => when(Number(call.at)) },
  { key: 'caller', title: t('emergency-calls.caller'), text: call => `${call.caller} → ${call.dialled}` },
  {
    key: 'where',
    title: t('emergency-calls.where'),
    text: call => [call.place, call.address].filter(Boolean).join(', '),
  },
  {
    key: 'answered-by',
    title: t('emergency-calls.answered-by'),
    text: call =>
      call.answered_by ?? t(call.ended_at === null ? 'emergency-calls.not-yet' : 'emergency-calls.nobody-did'),
  },
  { key: 'care', title: t('emergency-calls.care'), text: careOf },
  {
    key: 'told',
    title: t('emergency-calls.told'),
    text: call => call.notices.map(one => `${one.whom}: ${resultText(one)}`).join('; '),
    draw: call => <Told notices={call.notices} />,
  },
]

function careOf({ acknowledged_by: by, acknowledged_at: at }: Past): string {
  return by === null || at === null ? '–' : `${by}, ${when(Number(at))}`
}

/** Phones and zones by name, each with whether it was told; one that is gone keeps its identity. */
function Told({ notices }: { readonly notices: readonly Notice[] }) {
  const rows = (how: string) => notices.filter(notice => notice.how === how).map(({ whom }) => ({ whom }))
  const devices = useLabels('device', rows('screen'), 'whom')
  const zones = useLabels('zone', rows('page'), 'whom')
  if (notices.length === 0) return '–'
  const nameOf = ({ whom, how }: Notice) =>
    how === 'contacts' ? t('emergency-calls.contacts') : (devices.get(whom) ?? zones.get(whom) ?? whom)
  return (
    <List listStyleType="none">
      {notices.map(one => (
        <List.Item key={`${one.at} ${one.whom} ${one.how} ${one.result}`}>
          {nameOf(one)}: {resultText(one)}
        </List.Item>
      ))}
    </List>
  )
}

/** Of one attempt to tell a contact by one of his ways. */
function contactText(how: string, result: string): string {
  const way = how.slice('contact:'.length)
  if (result === 'confirmed') return t('emergency-calls.result.confirmed')
  if (result === 'told') return t(`emergency-calls.result.contact.${way}`)
  return t('emergency-calls.result.contact.failed', { way: t(`emergency-calls.way.${way}`), why: result })
}

/** What became of telling one phone or zone, as a person says it. */
function resultText({ how, result }: Notice): string {
  if (how.startsWith('contact:')) return contactText(how, result)
  if (result === 'shown') return t('emergency-calls.result.shown')
  if (result === 'spoken') return t('emergency-calls.result.spoken')
  if (result === 'not registered') return t('emergency-calls.result.not-registered')
  const [, status] = /^refused: (\d+)$/.exec(result) ?? []
  if (status !== undefined) return t('emergency-calls.result.refused', { status })
  return t(how === 'page' ? 'emergency-calls.result.not-spoken' : 'emergency-calls.result.failed', { why: result })
}
