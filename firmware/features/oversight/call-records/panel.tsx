// The page of call records: found by number, name, day and outcome.
import { useRoute } from '@kit/box.tsx'
import { RED } from '@kit/colors.ts'
import { HistoryTable } from '@kit/history.tsx'
import { Page } from '@kit/page.tsx'
import type { Column } from '@kit/table.tsx'
import { causeText, span, t, titleOf, when } from '@kit/words.ts'
import { Badge, Button, Group, Select, Switch } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'

interface CallRecord {
  readonly id: string
  readonly began_at: number
  readonly answered_at: number | null
  readonly ended_at: number | null
  readonly from_number: string
  readonly from_name: string
  readonly dialled: string
  readonly answered_by: string | null
  readonly cause: string | null
  readonly emergency: number
}

const CAUSES = [
  'answered',
  'elsewhere-answered',
  'cancelled',
  'busy',
  'declined',
  'no-answer',
  'unregistered',
  'not-found',
  'forbidden',
  'do-not-disturb',
  'redirected',
  'overloaded',
  'not-available',
  'unreachable',
  'session-expired',
  'interrupted',
  'failed',
]

export default function CallRecords() {
  const [cause, setCause] = useState<string | null>(null)
  const [emergency, setEmergency] = useState(false)
  const asked = { ...(cause === null ? {} : { cause }), ...(emergency ? { emergency: 'true' } : {}) }
  const fields = (
    <>
      <Select
        label={t('call-records.cause')}
        data={CAUSES.map(value => ({ value, label: causeText(value) }))}
        value={cause}
        clearable
        searchable
        flex="0 1 220px"
        onChange={setCause}
      />
      <Switch
        label={t('call-records.only-emergency')}
        checked={emergency}
        pb={8}
        onChange={event => setEmergency(event.currentTarget.checked)}
      />
    </>
  )
  const clear = () => {
    setCause(null)
    setEmergency(false)
  }
  return (
    <Page title={titleOf('call-records')}>
      <HistoryTable
        path="call-records/search"
        rows="calls"
        live={['call.began', 'call.ended']}
        label={titleOf('call-records')}
        columns={COLUMNS}
        keyOf={call => call.id}
        none={t('call-records.none')}
        more={{ asked, fields, clear }}
        minWidth={860}
      />
    </Page>
  )
}

const COLUMNS: readonly Column<CallRecord>[] = [
  { key: 'at', title: t('call-records.at'), text: call => when(Number(call.began_at)) },
  { key: 'from', title: t('call-records.from'), text: call => `${call.from_name} ${call.from_number}`.trim() },
  {
    key: 'dialled',
    title: t('call-records.dialled'),
    text: call => call.dialled,
    draw: call => <Dialled call={call} />,
  },
  { key: 'answered-by', title: t('call-records.answered-by'), text: call => call.answered_by ?? '–' },
  { key: 'length', title: t('call-records.length'), text: talked },
  {
    key: 'cause',
    title: t('call-records.cause'),
    text: call => (call.cause === null ? t('call-records.open') : causeText(call.cause)),
  },
  { key: 'quality', title: t('call-records.quality'), silent: true, draw: call => <Quality call={call} /> },
]

function Quality({ call }: { readonly call: CallRecord }) {
  const may = useRoute('quality/search')
  if (!may || call.answered_at === null || call.ended_at === null) return null
  return (
    <Button component={Link} href={`/quality?call=${encodeURIComponent(call.id)}`} variant="light" size="compact-md">
      {t('call-records.quality')}
    </Button>
  )
}

function Dialled({ call }: { readonly call: CallRecord }) {
  return (
    <Group gap="xs">
      {call.dialled}
      {Number(call.emergency) === 1 && (
        <Badge color={RED} variant="filled" radius="sm">
          {t('call-records.emergency')}
        </Badge>
      )}
    </Group>
  )
}

function talked({ answered_at: from, ended_at: to }: CallRecord): string {
  return from === null || to === null ? '–' : span((Number(to) - Number(from)) / 1_000)
}
