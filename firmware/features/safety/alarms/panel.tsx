// The page of alarms: raise one, take care of it, give the all-clear, rehearse; every step with its outcome.

import { useAct } from '@kit/act.ts'
import { AlarmMap } from '@kit/alarm-map.tsx'
import { type AlarmStep, type LiveAlarm, placesOf, useCurrentAlarms } from '@kit/alarms.ts'
import { api } from '@kit/api.ts'
import { useGet, useRefresh, useRoute } from '@kit/box.tsx'
import { BLUE, GRAY, ORANGE, RED, RED_TEXT, TEAL } from '@kit/colors.ts'
import { GroupFields } from '@kit/fields.tsx'
import { HistoryTable } from '@kit/history.tsx'
import { Loaded, Page } from '@kit/page.tsx'
import { type Fields, initialFields, type Node } from '@kit/schema.ts'
import type { Column } from '@kit/table.tsx'
import { causeText, t, titleOf, when } from '@kit/words.ts'
import { Alert, Badge, Button, Group, Modal, Paper, Stack, Table, Text, Title } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import { RaiseInput } from './settings.ts'

interface Past {
  readonly id: string
  readonly plan_name: string
  readonly severity: string
  readonly drill: number
  readonly state: string
  readonly cause: string
  readonly raised_at: number
  readonly acknowledged_by: string | null
  readonly acknowledged_at: number | null
  readonly ended_by: string | null
  readonly ended_at: number | null
}
interface Happening {
  readonly at: number
  readonly what: string
  readonly detail: string
}
interface Detail {
  readonly steps: readonly {
    step: string
    kind: string
    state: string
    attempts: number
    error: string | null
    since: number
  }[]
  readonly events: readonly Happening[]
}

const COLORS: Readonly<Record<string, string>> = {
  waiting: GRAY,
  running: BLUE,
  done: TEAL,
  failed: RED,
  retrying: ORANGE,
  stopped: GRAY,
}

export default function Alarms() {
  const alarms = useCurrentAlarms()
  return (
    <Page
      title={titleOf('alarms')}
      buttons={
        <>
          <Raise path="drills/start" drill />
          <Raise path="alarms/raise" drill={false} />
        </>
      }
    >
      <Stack gap="md">
        {alarms.length === 0 && (
          <Alert color="teal" title={t('alarms.quiet')}>
            {t('alarms.quiet.more')}
          </Alert>
        )}
        {alarms.map(alarm => (
          <Live key={alarm.id} alarm={alarm} />
        ))}
      </Stack>
      <History />
    </Page>
  )
}

const SCHEMA = RaiseInput as unknown as Node

function Raise({ path, drill }: { readonly path: string; readonly drill: boolean }) {
  const may = useRoute(path)
  const [open, { open: show, close }] = useDisclosure(false)
  const [value, setValue] = useState<Fields>(() => initialFields(SCHEMA))
  const act = useAct()
  const refresh = useRefresh()
  if (!may) return null
  const raise = async () => {
    if (!(await act.run(() => api('POST', path, value)))) return
    close()
    await refresh('alarms/')
  }
  const title = t(drill ? 'alarms.do.drill' : 'alarms.do.raise')
  return (
    <>
      <Button color={drill ? 'violet' : RED} variant={drill ? 'light' : 'filled'} onClick={show}>
        {title}
      </Button>
      <Modal
        opened={open}
        onClose={close}
        title={title}
        size="lg"
        closeButtonProps={{ 'aria-label': t('form.cancel') }}
      >
        <Stack gap="md">
          <Text>{t(drill ? 'alarms.do.drill.about' : 'alarms.do.raise.about')}</Text>
          <GroupFields
            node={SCHEMA}
            path=""
            value={value}
            form={{ faults: act.faults, secrets: [], readOnly: false }}
            change={setValue}
          />
          <Group justify="flex-end">
            <Button variant="default" onClick={close}>
              {t('form.cancel')}
            </Button>
            <Button color={drill ? 'violet' : RED} loading={act.busy} onClick={() => void raise()}>
              {t(drill ? 'alarms.do.drill.sure' : 'alarms.do.raise.sure')}
            </Button>
          </Group>
        </Stack>
      </Modal>
    </>
  )
}

function Live({ alarm }: { readonly alarm: LiveAlarm }) {
  const mayAcknowledge = useRoute('alarms/acknowledge')
  const mayClear = useRoute('alarms/clear')
  const [sure, setSure] = useState(false)
  const act = useAct()
  const refresh = useRefresh()
  const tell = async (path: string) => {
    if (await act.run(() => api('POST', path, { alarm: alarm.id }))) await refresh('alarms/')
    setSure(false)
  }
  const live = alarm.state === 'raised' || alarm.state === 'acknowledged'
  return (
    <Paper withBorder p="lg" role="region" aria-label={alarm.plan.name}>
      <Group justify="space-between" align="flex-start">
        <Stack gap={4} flex="1 1 300px">
          <Group gap="sm">
            <Badge size="lg" radius="sm" variant="filled" color={live ? RED : GRAY}>
              {t(`alarms.state.${alarm.state}`)}
            </Badge>
            {alarm.drill && (
              <Badge size="lg" radius="sm" variant="filled" color="violet">
                {t('live.drill')}
              </Badge>
            )}
          </Group>
          <Title order={2} size="h3">
            {alarm.plan.name}
          </Title>
          <Stack gap={0} role="list" aria-label={t('alarms.places')}>
            {placesOf(alarm).map(({ cause, at }) => (
              <Text key={cause} role="listitem">
                {cause} · {when(at)}
              </Text>
            ))}
          </Stack>
          {alarm.presses.length > 1 && <Text>{t('alarms.presses', { count: alarm.presses.length })}</Text>}
          {alarm.acknowledged && (
            <Text>
              {t('live.acknowledged', { who: alarm.acknowledged.who.name })} · {when(alarm.acknowledged.at)}
            </Text>
          )}
        </Stack>
        {live && (
          <Group gap="sm">
            {mayAcknowledge && alarm.state === 'raised' && (
              <Button disabled={act.busy} onClick={() => void tell('alarms/acknowledge')}>
                {t('live.acknowledge')}
              </Button>
            )}
            {mayClear && !sure && (
              <Button variant="default" onClick={() => setSure(true)}>
                {t('alarms.do.clear')}
              </Button>
            )}
            {mayClear && sure && (
              <>
                <Button color={TEAL} disabled={act.busy} onClick={() => void tell('alarms/clear')}>
                  {t('alarms.do.clear.sure')}
                </Button>
                <Button variant="default" onClick={() => setSure(false)}>
                  {t('form.cancel')}
                </Button>
              </>
            )}
          </Group>
        )}
      </Group>
      <AlarmMap alarm={alarm} />
      <Steps steps={alarm.steps.map(stepView)} />
    </Paper>
  )
}

interface StepView {
  readonly id: string
  readonly kind: string
  readonly state: string
  readonly attempts: number
  readonly error: string | null
  readonly shortfall?: AlarmStep['shortfall']
  readonly since: number
}
const stepView = (step: AlarmStep): StepView => ({
  id: step.id,
  kind: step.action.kind,
  state: step.state,
  attempts: step.attempts,
  error: step.error ?? null,
  shortfall: step.shortfall,
  since: step.since,
})

/** What each kind of action is called. */
function useActions(): ReadonlyMap<string, string> {
  const { data } = useGet<{ kinds: readonly { kind: string; title: string }[] }>('actions')
  return new Map(data?.kinds.map(one => [one.kind, one.title]))
}

function Steps({ steps }: { readonly steps: readonly StepView[] }) {
  const actions = useActions()
  return (
    <Stack mt="md" gap="xs" role="list" aria-label={t('alarms.steps')}>
      {steps.map(step => (
        <Group key={step.id} gap="sm" align="flex-start" role="listitem" className="step">
          <Badge miw={130} size="lg" radius="sm" variant="filled" tt="none" color={COLORS[step.state] ?? GRAY}>
            {t(`alarms.step.${step.state}`)}
          </Badge>
          <div style={{ flex: '1 1 200px' }}>
            <Text>
              {actions.get(step.kind) ?? step.kind} · {t(`alarms.part.${step.id.replace(/-\d+$/, '')}`)}
            </Text>
            {step.error !== null && <Text c={RED_TEXT}>{t('alarms.step.why', { why: causeText(step.error) })}</Text>}
            {step.shortfall && <NotReached {...step.shortfall} />}
            {step.error !== null && step.state === 'retrying' && (
              <Text>{t('alarms.step.again', { count: step.attempts })}</Text>
            )}
          </div>
          {step.state !== 'waiting' && <Text c="dimmed">{when(step.since)}</Text>}
        </Group>
      ))}
    </Stack>
  )
}

/** Whom a step that was carried out is not known to have reached. */
function NotReached({ missed, unverified, of: all, who }: NonNullable<AlarmStep['shortfall']>) {
  const more = missed > who.length ? [t('alarms.short.more', { count: missed - who.length })] : []
  return (
    <>
      {missed > 0 && (
        <Text c={RED_TEXT}>{t('alarms.short.missed', { count: missed, all, who: [...who, ...more].join(', ') })}</Text>
      )}
      {unverified > 0 && <Text>{t('alarms.short.unverified', { count: unverified, all })}</Text>}
    </>
  )
}

const COLUMNS: readonly Column<Past>[] = [
  { key: 'at', title: t('alarms.at'), text: alarm => when(Number(alarm.raised_at)) },
  {
    key: 'plan',
    title: t('alarms.plan'),
    text: alarm => (alarm.drill ? `${alarm.plan_name} (${t('live.drill')})` : alarm.plan_name),
  },
  { key: 'cause', title: t('alarms.cause'), text: alarm => alarm.cause },
  { key: 'state', title: t('alarms.state'), text: alarm => t(`alarms.state.${alarm.state}`) },
  {
    key: 'acknowledged',
    title: t('alarms.acknowledged-by'),
    text: ({ acknowledged_by: by, acknowledged_at: at }) => byWhom(by, at),
  },
  { key: 'ended', title: t('alarms.ended-by'), text: ({ ended_by: by, ended_at: at }) => byWhom(by, at) },
]

function byWhom(by: string | null, at: number | null): string {
  return by === null || at === null ? '–' : `${by}, ${when(Number(at))}`
}

function History() {
  const [open, setOpen] = useState<Past>()
  const details: Column<Past> = {
    key: 'details',
    title: t('alarms.details'),
    silent: true,
    draw: alarm => (
      <Button size="compact-md" variant="subtle" onClick={() => setOpen(alarm)}>
        {t('alarms.details')}
      </Button>
    ),
  }
  return (
    <Stack gap="sm">
      <Title order={2} size="h3">
        {t('alarms.history')}
      </Title>
      <HistoryTable
        path="alarms/history"
        rows="alarms"
        live={['alarm.']}
        label={t('alarms.history')}
        columns={[...COLUMNS, details]}
        keyOf={alarm => alarm.id}
        none={t('alarms.history.none')}
        minWidth={900}
      />
      <Modal
        opened={open !== undefined}
        onClose={() => setOpen(undefined)}
        title={open && `${open.plan_name}, ${when(Number(open.raised_at))}`}
        size="xl"
        closeButtonProps={{ 'aria-label': t('form.close') }}
      >
        {open && <PastDetail alarm={open.id} />}
      </Modal>
    </Stack>
  )
}

function PastDetail({ alarm }: { readonly alarm: string }) {
  const asked = useGet<Detail>(`alarms/detail?alarm=${alarm}`, { live: ['alarm.'] })
  const actions = useActions()
  return (
    <Loaded of={asked}>
      {({ steps, events }) => (
        <Stack gap="md">
          <Steps steps={steps.map(step => ({ ...step, id: step.step, since: Number(step.since) }))} />
          <Title order={3} size="h4">
            {t('alarms.story')}
          </Title>
          <Table fz="md" aria-label={t('alarms.story')}>
            <Table.Tbody>
              {events.map(event => (
                <Table.Tr key={`${event.at} ${event.what} ${event.detail}`}>
                  <Table.Td w={130}>{when(Number(event.at))}</Table.Td>
                  <Table.Td>{sentenceOf(event, actions)}</Table.Td>
                </Table.Tr>
              ))}
            </Table.Tbody>
          </Table>
        </Stack>
      )}
    </Loaded>
  )
}

/** One line of the story as a person tells it; a step is written down as `first-1 page why`. */
function sentenceOf({ what, detail }: Happening, actions: ReadonlyMap<string, string>): string {
  if (!what.startsWith('step-')) return t(`alarms.story.${what}`, { detail })
  const [, part = '', kind = '', why = ''] = /^(\S+?)(?:-\d+)? (\S+) ?(.*)$/s.exec(detail) ?? []
  const step = { action: actions.get(kind) ?? kind, part: t(`alarms.part.${part}`) }
  if (what === 'step-short') return t('alarms.story.step-short', { ...step, why })
  return t(why === '' ? `alarms.story.${what}` : 'alarms.story.step-missed', { ...step, why: causeText(why) })
}
