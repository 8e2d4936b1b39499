// The page of button tests: how each button stands, when it was last pressed and tested, and marking a press as its test.
import { useAct } from '@kit/act.ts'
import { api } from '@kit/api.ts'
import { useGet, useRefresh, useRoute } from '@kit/box.tsx'
import { GRAY, ORANGE, RED, TEAL } from '@kit/colors.ts'
import { HistoryTable } from '@kit/history.tsx'
import { Loaded, Page } from '@kit/page.tsx'
import { type Column, DataTable } from '@kit/table.tsx'
import { tell } from '@kit/toasts.tsx'
import { t, titleOf, when } from '@kit/words.ts'
import { Badge, Button, Group, Stack, Text, Title } from '@mantine/core'
import { Link } from 'wouter'

interface ButtonNow {
  readonly id: string
  readonly name: string
  readonly contacts: readonly {
    readonly input: string
    readonly state: 'rest' | 'pressed' | 'fault' | 'unknown'
    readonly fault?: string
    readonly stuckSince?: number
    readonly chattering?: true
  }[]
  readonly alarm?: string
  readonly pressedAt?: number
  readonly testedAt?: number
  readonly letGo?: { readonly at: number; readonly heldMilliseconds: number }
}

interface Test {
  readonly button: string
  readonly name: string
  readonly pressed_at: number
  readonly marked_at: number
  readonly marked_by: string
}

const COLORS = { rest: TEAL, pressed: RED, fault: ORANGE, unknown: GRAY } as const
export default function ButtonTests() {
  const state = useGet<{ buttons: readonly ButtonNow[] }>('panic-buttons/state', {
    live: ['button.', 'board.', 'alarm.', 'document.changed'],
    everySeconds: 30,
  })
  return (
    <Page title={titleOf('panic-buttons')}>
      <Text>{t('panic-buttons.how')}</Text>
      <Loaded of={state}>
        {({ buttons }) =>
          buttons.length === 0 ? (
            <Text>{t('panic-buttons.none')}</Text>
          ) : (
            <DataTable
              label={titleOf('panic-buttons')}
              columns={COLUMNS}
              rows={buttons}
              keyOf={button => button.id}
              minWidth={760}
            />
          )
        }
      </Loaded>
      <LampTest />
      <Stack gap="sm">
        <Title order={2} size="h3">
          {t('panic-buttons.history')}
        </Title>
        <HistoryTable
          path="panic-buttons/tests"
          rows="tests"
          live={['button.tested']}
          label={t('panic-buttons.history')}
          columns={PAST}
          keyOf={test => `${test.button} ${test.marked_at}`}
          none={t('panic-buttons.history.none')}
        />
      </Stack>
    </Page>
  )
}

function LampTest() {
  const may = useRoute('panic-buttons/lamp-test')
  const act = useAct()
  if (!may) return null
  const light = async () => {
    const done = await act.run(() => api('POST', 'panic-buttons/lamp-test', {}))
    if (done) tell(t('panic-buttons.lamp-test.lit'))
  }
  return (
    <Stack gap="xs" align="flex-start">
      <Button variant="default" loading={act.busy} onClick={() => void light()}>
        {t('panic-buttons.lamp-test')}
      </Button>
      <Text size="sm">{t('panic-buttons.lamp-test.how')}</Text>
    </Stack>
  )
}

const COLUMNS: readonly Column<ButtonNow>[] = [
  { key: 'button', title: t('panic-buttons.column.button'), draw: button => <Name button={button} /> },
  {
    key: 'contacts',
    title: t('panic-buttons.column.contacts'),
    minWidth: 170,
    draw: button => <Contacts button={button} />,
  },
  { key: 'pressed', title: t('panic-buttons.column.pressed'), text: button => moment(button.pressedAt) },
  { key: 'tested', title: t('panic-buttons.column.tested'), text: button => moment(button.testedAt) },
  { key: 'mark', title: t('panic-buttons.mark'), silent: true, draw: button => <Mark button={button} /> },
]

const PAST: readonly Column<Test>[] = [
  { key: 'marked', title: t('panic-buttons.marked-at'), text: test => when(Number(test.marked_at)) },
  { key: 'button', title: t('panic-buttons.column.button'), text: test => test.name },
  { key: 'pressed', title: t('panic-buttons.pressed-at'), text: test => when(Number(test.pressed_at)) },
  { key: 'by', title: t('panic-buttons.marked-by'), text: test => test.marked_by },
]

function Name({ button }: { readonly button: ButtonNow }) {
  return (
    <Stack gap={2}>
      <Link className="row-link" href={`/button/${button.id}`}>
        {button.name}
      </Link>
      {button.alarm !== undefined && <Text c={RED}>{t('panic-buttons.in-alarm')}</Text>}
      {button.letGo !== undefined && (
        <Text size="sm">
          {t('panic-buttons.let-go', {
            // A touch is no 0 seconds.
            seconds: String(Math.max(1, Math.round(button.letGo.heldMilliseconds / 100)) / 10),
            when: when(button.letGo.at),
          })}
        </Text>
      )}
    </Stack>
  )
}

function Contacts({ button }: { readonly button: ButtonNow }) {
  return (
    <Group gap="xs">
      {button.contacts.map(contact => (
        <Badge
          key={contact.input}
          size="lg"
          radius="sm"
          variant="filled"
          tt="none"
          miw="max-content"
          color={contact.chattering === true ? ORANGE : COLORS[contact.state]}
        >
          {contact.input}: {contactText(contact)}
        </Badge>
      ))}
    </Group>
  )
}

function contactText({ state, fault, stuckSince, chattering }: ButtonNow['contacts'][number]): string {
  if (chattering === true) return t('panic-buttons.contact.chatters')
  if (stuckSince !== undefined) return t('panic-buttons.contact.stuck', { when: when(stuckSince) })
  return fault ?? t(`board.state.${state}`)
}

function Mark({ button }: { readonly button: ButtonNow }) {
  const may = useRoute('panic-buttons/tested')
  const act = useAct()
  const refresh = useRefresh()
  if (!may || button.pressedAt === undefined || button.testedAt === button.pressedAt) return null
  const mark = async () => {
    const done = await act.run(() => api('POST', 'panic-buttons/tested', { button: button.id }))
    if (!done) return
    tell(t('panic-buttons.marked', { button: button.name }))
    await refresh('panic-buttons/')
  }
  return (
    <Button size="compact-md" variant="default" loading={act.busy} onClick={() => void mark()}>
      {t('panic-buttons.mark')}
    </Button>
  )
}

function moment(at: number | undefined): string {
  return at === undefined ? t('panic-buttons.never') : when(at)
}
