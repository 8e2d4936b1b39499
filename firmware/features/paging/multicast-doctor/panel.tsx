// The page of the multicast doctor: one button, and in plain words what is wrong and what to do.
import { useAct } from '@kit/act.ts'
import { api } from '@kit/api.ts'
import { useGet, useRefresh, useRoute } from '@kit/box.tsx'
import { AMBER, BLUE, RED, TEAL } from '@kit/colors.ts'
import { Loaded, Page } from '@kit/page.tsx'
import { type Column, DataTable } from '@kit/table.tsx'
import { t, titleOf, when } from '@kit/words.ts'
import { Badge, Button, Stack, Text, Title } from '@mantine/core'

interface Finding {
  readonly code: string
  readonly severity: 'ok' | 'info' | 'warning' | 'serious'
  readonly text: string
  readonly remedy: string
  readonly network?: string
  readonly stream?: string
}
interface State {
  readonly examined?: { readonly at: number; readonly findings: readonly Finding[] }
  readonly networks: readonly Finding[]
}

const COLORS = { ok: TEAL, info: BLUE, warning: AMBER, serious: RED } as const
const WORST_FIRST = ['serious', 'warning', 'info', 'ok']

export default function MulticastDoctor() {
  const state = useGet<State>('multicast-doctor/state', { live: ['document.changed'], everySeconds: 10 })
  const mayExamine = useRoute('multicast-doctor/examine')
  const refresh = useRefresh()
  const act = useAct()
  const examine = () =>
    act.run(async () => {
      await api('POST', 'multicast-doctor/examine', {})
      await refresh('multicast-doctor/state')
    })
  const button = (
    <Button loading={act.busy} onClick={() => void examine()}>
      {t('multicast-doctor.examine-now')}
    </Button>
  )
  return (
    <Page title={titleOf('multicast-doctor')} buttons={mayExamine && button}>
      <Text>{t('multicast-doctor.intro')}</Text>
      <Loaded of={state}>{data => <Found {...data} />}</Loaded>
    </Page>
  )
}

function Found({ examined, networks }: State) {
  return (
    <Stack gap="md">
      <Text c="dimmed" role="status">
        {examined === undefined
          ? t('multicast-doctor.not-examined')
          : t('multicast-doctor.examined', { when: when(examined.at) })}
      </Text>
      {examined !== undefined && <Findings label={titleOf('multicast-doctor')} findings={examined.findings} />}
      {networks.length > 0 && (
        <>
          <Title order={2} size="h3">
            {t('multicast-doctor.networks')}
          </Title>
          <Findings label={t('multicast-doctor.networks')} findings={networks} />
        </>
      )}
    </Stack>
  )
}

function Findings({ label, findings }: { readonly label: string; readonly findings: readonly Finding[] }) {
  const rows = [...findings].sort((a, b) => WORST_FIRST.indexOf(a.severity) - WORST_FIRST.indexOf(b.severity))
  return <DataTable label={label} columns={COLUMNS} rows={rows} keyOf={keyOf} minWidth={760} />
}

const keyOf = ({ code, stream, network, text }: Finding): string => [code, stream, network, text].join(' ')

const COLUMNS: readonly Column<Finding>[] = [
  {
    key: 'what',
    title: t('multicast-doctor.column.what'),
    draw: one => (
      <Badge color={COLORS[one.severity]} variant="filled" radius="sm">
        {t(`multicast-doctor.severity.${one.severity}`)}
      </Badge>
    ),
  },
  { key: 'stream', title: t('multicast-doctor.column.stream'), text: one => one.stream ?? '–' },
  { key: 'network', title: t('multicast-doctor.column.network'), text: one => one.network || '–' },
  {
    key: 'text',
    title: t('multicast-doctor.column.text'),
    minWidth: 420,
    draw: one => (
      <>
        <Text>{one.text}</Text>
        {one.remedy !== '' && <Text c="dimmed">{one.remedy}</Text>}
      </>
    ),
  },
]
