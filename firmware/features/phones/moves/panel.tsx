// The page of moved phones: those that nobody stands for, and where every phone stood.
import { useAct } from '@kit/act.ts'
import { api } from '@kit/api.ts'
import { useGet, useRefresh, useRoute } from '@kit/box.tsx'
import { HistoryTable } from '@kit/history.tsx'
import { Loaded, Page } from '@kit/page.tsx'
import { type Column, DataTable } from '@kit/table.tsx'
import { t, when } from '@kit/words.ts'
import { Button, Stack, Text, Title } from '@mantine/core'

interface Move {
  readonly device: string
  readonly name: string
  readonly address: string
  readonly was: string
  readonly at: number
  readonly place: string
}
interface Stay {
  readonly at: number
  readonly device: string
  readonly name: string
  readonly address: string
  readonly was: string
  readonly place: string
  readonly by_: string | null
}

const NOW: readonly Column<Move>[] = [
  { key: 'device', title: t('moves.device'), text: move => move.name },
  { key: 'address', title: t('moves.address'), text: move => move.address },
  { key: 'was', title: t('moves.was'), text: move => move.was },
  { key: 'place', title: t('moves.place'), text: move => move.place },
  { key: 'at', title: t('moves.at'), text: move => when(move.at) },
]
const CONFIRM: Column<Move> = {
  key: 'confirm',
  title: t('moves.confirm'),
  silent: true,
  draw: move => <Confirm move={move} />,
}
const PAST: readonly Column<Stay>[] = [
  { key: 'at', title: t('moves.at'), text: stay => when(Number(stay.at)) },
  { key: 'device', title: t('moves.device'), text: stay => stay.name },
  { key: 'address', title: t('moves.address'), text: stay => stay.address },
  { key: 'was', title: t('moves.was'), text: stay => (stay.was === '' ? '–' : stay.was) },
  { key: 'place', title: t('moves.place'), text: stay => (stay.place === '' ? '–' : stay.place) },
  { key: 'by', title: t('moves.by'), text: stay => stay.by_ ?? '–' },
]

export default function Moves() {
  const may = useRoute('moves/confirm')
  const moved = useGet<{ moves: readonly Move[] }>('moves/now', { everySeconds: 15 })
  return (
    <Page title={t('moves.title')}>
      <Loaded of={moved}>
        {({ moves }) =>
          moves.length === 0 ? (
            <Text>{t('moves.none')}</Text>
          ) : (
            <DataTable
              label={t('moves.title')}
              rows={moves}
              columns={may ? [...NOW, CONFIRM] : NOW}
              keyOf={move => move.device}
            />
          )
        }
      </Loaded>
      <Stack gap="sm">
        <Title order={2} size="h3">
          {t('moves.history')}
        </Title>
        <HistoryTable
          path="moves/history"
          rows="stays"
          label={t('moves.history')}
          columns={PAST}
          keyOf={stay => `${stay.device} ${stay.at} ${stay.by_}`}
          none={t('moves.history.none')}
        />
      </Stack>
    </Page>
  )
}

function Confirm({ move }: { readonly move: Move }) {
  const act = useAct()
  const refresh = useRefresh()
  const confirm = async () => {
    if (await act.run(() => api('POST', 'moves/confirm', { device: move.device }))) await refresh('moves/')
  }
  return (
    <Button size="compact-sm" variant="light" loading={act.busy} onClick={() => void confirm()}>
      {t('moves.confirm')}
    </Button>
  )
}
