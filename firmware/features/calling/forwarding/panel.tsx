// The page of forwards: switching one at an extension, what is switched now, and who switched what.
import { useAct } from '@kit/act.ts'
import { api } from '@kit/api.ts'
import { useGet, useRefresh, useRoute } from '@kit/box.tsx'
import { HistoryTable } from '@kit/history.tsx'
import { Loaded, Page } from '@kit/page.tsx'
import { RouteForm } from '@kit/route-form.tsx'
import type { Node } from '@kit/schema.ts'
import { type Column, DataTable } from '@kit/table.tsx'
import { t, titleOf, when } from '@kit/words.ts'
import { Button, Stack, Text, Title } from '@mantine/core'
import { Switching } from './settings.ts'

interface Switched {
  readonly extension: string
  readonly number: string
  readonly name: string
  readonly when: string
  readonly to: string | null
  readonly at: number
  readonly by: string
}
interface Past {
  readonly at: number
  readonly extension: string
  /** Number and name as they are now. */
  readonly label: string
  readonly when_: string
  readonly to_: string | null
  readonly by_: string
}

const NOW: readonly Column<Switched>[] = [
  { key: 'extension', title: t('forwarding.extension'), text: one => `${one.number} ${one.name}` },
  { key: 'when', title: t('forwarding.when'), text: one => t(`forwarding.when.${one.when}`) },
  { key: 'to', title: t('forwarding.to'), text: one => one.to ?? t('forwarding.off') },
  { key: 'by', title: t('forwarding.by'), text: one => `${one.by}, ${when(one.at)}` },
]
const BACK: Column<Switched> = {
  key: 'back',
  title: t('forwarding.clear'),
  silent: true,
  draw: one => <TakeBack one={one} />,
}

export default function Forwarding() {
  const may = useRoute('forwarding/switch')
  const switched = useGet<{ switched: readonly Switched[] }>('forwarding/switched', { everySeconds: 15 })
  return (
    <Page title={titleOf('forwarding')}>
      <Text>{t('forwarding.intro')}</Text>
      {may && (
        <RouteForm
          path="forwarding/switch"
          schema={Switching as unknown as Node}
          go={t('forwarding.set')}
          refreshes="forwarding/"
        />
      )}
      <Loaded of={switched}>
        {({ switched: all }) =>
          all.length === 0 ? (
            <Text>{t('forwarding.none')}</Text>
          ) : (
            <DataTable
              label={t('forwarding.now')}
              columns={may ? [...NOW, BACK] : NOW}
              rows={all}
              keyOf={one => `${one.extension} ${one.when}`}
            />
          )
        }
      </Loaded>
      <Stack gap="sm">
        <Title order={2} size="h3">
          {t('forwarding.history')}
        </Title>
        <HistoryTable
          path="forwarding/history"
          rows="history"
          label={t('forwarding.history')}
          columns={PAST}
          keyOf={one => `${one.at} ${one.extension} ${one.when_}`}
          none={t('forwarding.history.none')}
        />
      </Stack>
    </Page>
  )
}

const PAST: readonly Column<Past>[] = [
  { key: 'at', title: t('forwarding.at'), text: one => when(Number(one.at)) },
  { key: 'extension', title: t('forwarding.extension'), text: one => one.label },
  { key: 'when', title: t('forwarding.when'), text: one => t(`forwarding.when.${one.when_}`) },
  {
    key: 'to',
    title: t('forwarding.to'),
    text: one => (one.to_ === '' ? t('forwarding.as-rule') : (one.to_ ?? t('forwarding.off'))),
  },
  { key: 'by', title: t('forwarding.by'), text: one => one.by_ },
]

function TakeBack({ one }: { readonly one: Switched }) {
  const act = useAct()
  const refresh = useRefresh()
  const clear = async () => {
    const input = { extension: one.extension, when: one.when, asRule: true }
    if (await act.run(() => api('POST', 'forwarding/switch', input))) await refresh('forwarding/')
  }
  return (
    <Button size="compact-md" variant="default" loading={act.busy} onClick={() => void clear()}>
      {t('forwarding.clear')}
    </Button>
  )
}
