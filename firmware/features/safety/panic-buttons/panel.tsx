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
import { Badge, Button, Code, Group, Modal, Stack, Text, Title } from '@mantine/core'
import { useState } from 'react'
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
  readonly device?: string
  readonly web?: string
  readonly hasKey: boolean
  readonly heardWithinMinutes?: number
  readonly heardAt?: number
  readonly alarm?: string
  readonly pressedAt?: number
  /** That press was announced as a test, or within a drill. */
  readonly pressedIn?: 'window' | 'drill'
  readonly testedAt?: number
  readonly failedAt?: number
  readonly window?: Window
  readonly letGo?: { readonly at: number; readonly heldMilliseconds: number }
}

interface Window {
  readonly by: string
  readonly until: number
}

interface Turn {
  readonly site: string
  readonly button: string
  readonly name: string
  readonly place: string
  readonly owner?: string
  readonly dueAt?: number
  readonly testedAt?: number
  readonly window?: Window
}

interface Test {
  readonly button: string
  readonly name: string
  readonly pressed_at: number
  readonly marked_at: number
  readonly marked_by: string
  readonly place: string | null
  readonly outcome: string | null
  readonly how: string | null
  readonly steps: string | null
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
      <Turns />
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

/** The next test of each site. */
function Turns() {
  const turns = useGet<{ turns: readonly Turn[] }>('panic-buttons/turns', {
    live: ['button.', 'document.changed'],
    everySeconds: 60,
  })
  if (!turns.data?.turns.length) return null
  return (
    <Stack gap="sm" component="section" aria-label={t('panic-buttons.turns')}>
      <Title order={2} size="h3">
        {t('panic-buttons.turns')}
      </Title>
      <Text>{t('panic-buttons.turns.how')}</Text>
      <DataTable
        label={t('panic-buttons.turns')}
        columns={TURNS}
        rows={turns.data.turns}
        keyOf={turn => turn.button}
        minWidth={760}
      />
    </Stack>
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

const TURNS: readonly Column<Turn>[] = [
  { key: 'site', title: t('panic-buttons.column.site'), text: turn => turn.site },
  { key: 'button', title: t('panic-buttons.column.button'), text: turn => turn.name },
  { key: 'place', title: t('panic-buttons.column.place'), text: turn => turn.place },
  { key: 'owner', title: t('panic-buttons.column.owner'), text: turn => turn.owner ?? '' },
  { key: 'tested', title: t('panic-buttons.column.tested'), text: turn => moment(turn.testedAt) },
  {
    key: 'due',
    title: t('panic-buttons.column.due'),
    text: ({ dueAt, testedAt }) =>
      dueAt === undefined ? (testedAt === undefined ? t('panic-buttons.due-now') : '') : when(dueAt),
  },
  {
    key: 'announce',
    title: t('panic-buttons.announce'),
    silent: true,
    draw: turn => <Announce button={turn.button} window={turn.window} />,
  },
]

/** For a quarter of an hour its press is a test. */
function Announce({ button, window }: { readonly button: string; readonly window: Window | undefined }) {
  const may = useRoute('panic-buttons/announce')
  const act = useAct()
  const refresh = useRefresh()
  if (window !== undefined)
    return <Text size="sm">{t('panic-buttons.announced', { by: window.by, until: when(window.until) })}</Text>
  if (!may) return null
  const announce = async () => {
    if (await act.run(() => api('POST', 'panic-buttons/announce', { button }))) await refresh('panic-buttons/')
  }
  return (
    <Button size="compact-md" variant="default" loading={act.busy} onClick={() => void announce()}>
      {t('panic-buttons.announce')}
    </Button>
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
  { key: 'place', title: t('panic-buttons.column.place'), text: test => test.place ?? '' },
  { key: 'by', title: t('panic-buttons.marked-by'), text: test => test.marked_by },
  {
    key: 'how',
    title: t('panic-buttons.how-tested'),
    text: test => (test.how === null ? '' : t(`panic-buttons.how-tested.${test.how}`)),
  },
  { key: 'steps', title: t('panic-buttons.steps'), text: test => test.steps ?? '' },
  {
    key: 'outcome',
    title: t('panic-buttons.outcome'),
    text: test => t(`panic-buttons.outcome.${test.outcome ?? 'worked'}`),
  },
]

function Name({ button }: { readonly button: ButtonNow }) {
  return (
    <Stack gap={2}>
      <Link className="row-link" href={`/button/${button.id}`}>
        {button.name}
      </Link>
      {button.alarm !== undefined && <Text fw={650}>{t('panic-buttons.in-alarm')}</Text>}
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

/** How it calls for help, and how it is at this moment. */
function Contacts({ button }: { readonly button: ButtonNow }) {
  const { device, web, heardAt, heardWithinMinutes } = button
  const heard = heardAt === undefined ? t('panic-buttons.not-heard') : t('panic-buttons.heard', { when: when(heardAt) })
  return (
    <Group gap="xs">
      {device !== undefined && <Text>{t('panic-buttons.way.device')}</Text>}
      {web !== undefined && (
        <Stack gap={2} align="flex-start">
          <Text>{web}</Text>
          {(heardAt !== undefined || heardWithinMinutes !== undefined) && <Text size="sm">{heard}</Text>}
          <MakeKey button={button} />
        </Stack>
      )}
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

interface Made {
  readonly key: string
  readonly path: string
}

/** The key of a button that sends web requests: made by one click, shown this once. */
function MakeKey({ button }: { readonly button: { id: string; name: string; hasKey: boolean } }) {
  const may = useRoute('panic-buttons/key')
  const act = useAct()
  const refresh = useRefresh()
  const [made, setMade] = useState<Made>()
  if (!may) return null
  const make = async () => {
    const done = await act.run(async () =>
      setMade((await api('POST', 'panic-buttons/key', { button: button.id })) as Made),
    )
    if (done) await refresh('panic-buttons/')
  }
  return (
    <>
      <Button
        size="compact-sm"
        variant={button.hasKey ? 'default' : 'filled'}
        loading={act.busy}
        onClick={() => void make()}
      >
        {t(button.hasKey ? 'panic-buttons.key.new' : 'panic-buttons.key.make')}
      </Button>
      <Modal
        opened={made !== undefined}
        onClose={() => setMade(undefined)}
        title={t('panic-buttons.key.title', { button: button.name })}
        size="xl"
        closeButtonProps={{ 'aria-label': t('form.close') }}
      >
        {made && (
          <Stack gap="sm">
            <Text fw={650}>{t('panic-buttons.key.once')}</Text>
            <Text>{t('panic-buttons.key.address')}</Text>
            <Code block>{`${window.location.origin}${made.path}`}</Code>
            <Text>{t('panic-buttons.key.key')}</Text>
            <Code block>{made.key}</Code>
          </Stack>
        )}
      </Modal>
    </>
  )
}

function contactText({ state, fault, stuckSince, chattering }: ButtonNow['contacts'][number]): string {
  if (chattering === true) return t('panic-buttons.contact.chatters')
  if (stuckSince !== undefined) return t('panic-buttons.contact.stuck', { when: when(stuckSince) })
  return fault ?? t(`board.state.${state}`)
}

/** Announce, then say what came of it. */
function Mark({ button }: { readonly button: ButtonNow }) {
  const may = useRoute('panic-buttons/tested')
  const act = useAct()
  const refresh = useRefresh()
  const { id, name, pressedAt, pressedIn, testedAt, failedAt, window } = button
  const unmarked = pressedIn !== undefined && testedAt !== pressedAt && failedAt !== pressedAt
  const mark = async (failed: boolean) => {
    const done = await act.run(() => api('POST', 'panic-buttons/tested', { button: id, failed }))
    if (!done) return
    tell(t('panic-buttons.marked', { button: name }))
    await refresh('panic-buttons/')
  }
  return (
    <Stack gap="xs" align="flex-start">
      {!unmarked && <Announce button={id} window={window} />}
      {may && unmarked && (
        <Button size="compact-md" variant="default" loading={act.busy} onClick={() => void mark(false)}>
          {t('panic-buttons.mark')}
        </Button>
      )}
      {may && (unmarked || window !== undefined) && (
        <Button size="compact-md" variant="default" loading={act.busy} onClick={() => void mark(true)}>
          {t('panic-buttons.mark-failed')}
        </Button>
      )}
    </Stack>
  )
}

function moment(at: number | undefined): string {
  return at === undefined ? t('panic-buttons.never') : when(at)
}
