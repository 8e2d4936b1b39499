// The page of schedules: what holds now and why, and saying for now that it is otherwise.
import { useAct } from '@kit/act.ts'
import { api } from '@kit/api.ts'
import { useGet, useRoute } from '@kit/box.tsx'
import { BLUE } from '@kit/colors.ts'
import { Loaded, Page } from '@kit/page.tsx'
import { type Column, DataTable } from '@kit/table.tsx'
import { t, titleOf, when } from '@kit/words.ts'
import { Badge, Button, Group, Stack, Text } from '@mantine/core'
import { Link } from 'wouter'

interface ScheduleNow {
  readonly schedule: string
  readonly name: string
  readonly word: string
  readonly words: readonly string[]
  readonly by: 'day' | 'hours' | 'otherwise' | 'hand'
  readonly day?: string
  readonly who?: string
  readonly at?: number
}

export default function Schedules() {
  const now = useGet<{ schedules: readonly ScheduleNow[] }>('schedules/now', {
    live: ['schedule.', 'document.changed'],
    everySeconds: 15,
  })
  return (
    <Page title={titleOf('schedules')}>
      <Loaded of={now}>
        {({ schedules }) =>
          schedules.length === 0 ? (
            <None />
          ) : (
            <DataTable
              label={titleOf('schedules')}
              columns={COLUMNS}
              rows={schedules}
              keyOf={({ schedule }) => schedule}
              minWidth={760}
            />
          )
        }
      </Loaded>
    </Page>
  )
}

const None = () => (
  <Stack align="flex-start" gap="sm">
    <Text>{t('schedules.none')}</Text>
    <Button component={Link} href="/schedule/new">
      {t('schedules.add')}
    </Button>
  </Stack>
)

function whyOf({ by, day, who = '', at }: ScheduleNow): string {
  if (by === 'hand') return t('schedules.by.hand', { who, when: at === undefined ? '' : when(at) })
  return day ?? t(`schedules.by.${by}`)
}

function SetByHand({ one }: { readonly one: ScheduleNow }) {
  const may = useRoute('schedules/override')
  const act = useAct()
  if (!may) return null
  const say = (word?: string) => void act.run(() => api('POST', 'schedules/override', { schedule: one.schedule, word }))
  return (
    <Group gap="xs">
      {one.words
        .filter(word => word !== one.word)
        .map(word => (
          <Button key={word} variant="default" size="xs" loading={act.busy} onClick={() => say(word)}>
            {word}
          </Button>
        ))}
      {one.by === 'hand' && (
        <Button size="xs" variant="light" loading={act.busy} onClick={() => say()}>
          {t('schedules.clock')}
        </Button>
      )}
    </Group>
  )
}

const COLUMNS: readonly Column<ScheduleNow>[] = [
  {
    key: 'schedule',
    title: t('schedules.column.schedule'),
    draw: ({ schedule, name }) => (
      <Link className="row-link" href={`/schedule/${schedule}`}>
        {name}
      </Link>
    ),
  },
  {
    key: 'now',
    title: t('schedules.column.now'),
    draw: ({ word }) => (
      <Badge size="lg" radius="sm" variant="filled" tt="none" color={BLUE} miw="max-content">
        {word}
      </Badge>
    ),
  },
  { key: 'why', title: t('schedules.column.why'), text: whyOf },
  { key: 'set', title: t('schedules.column.set'), draw: one => <SetByHand one={one} /> },
]
