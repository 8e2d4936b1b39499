// The page of lamps as they are now: which phone watches whom.
import { useGet } from '@kit/box.tsx'
import { useLabels } from '@kit/cells.tsx'
import { Loaded, Page } from '@kit/page.tsx'
import { type Column, DataTable } from '@kit/table.tsx'
import { t, titleOf, when } from '@kit/words.ts'
import { Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'

interface WatcherNow {
  readonly id: string
  readonly package: string
  readonly authName: string
  readonly device: string
  readonly target: string
  readonly name: string
  readonly host: string
  readonly port: number
  readonly transport: string
  readonly userAgent: string
  readonly expiresAt: number
}

/** More rows than anybody reads: the search narrows them. */
const SHOWN = 300

export default function LampsNow() {
  const lamps = useGet<{ watchers: readonly WatcherNow[] }>('subscriptions/watchers', {
    live: ['document.changed'],
    everySeconds: 15,
  })
  return (
    <Page title={titleOf('subscriptions')}>
      <Text>{t('subscriptions.intro')}</Text>
      <Loaded of={lamps}>
        {({ watchers }) => (watchers.length === 0 ? <Text>{t('subscriptions.none')}</Text> : <Lamps all={watchers} />)}
      </Loaded>
    </Page>
  )
}

function Lamps({ all }: { readonly all: readonly WatcherNow[] }) {
  const [search, setSearch] = useState('')
  const wanted = search.trim().toLowerCase()
  const matching = all.filter(one => wanted === '' || searched(one).includes(wanted))
  const found = matching.slice(0, SHOWN)
  const devices = useLabels('device', found as never, 'device')
  const phones = new Set(all.map(one => one.device)).size
  return (
    <Stack gap="sm">
      <Text>{t('subscriptions.counts', { count: all.length, phones })}</Text>
      <TextInput
        aria-label={t('list.search')}
        placeholder={t('list.search')}
        value={search}
        maw={420}
        onChange={event => setSearch(event.currentTarget.value)}
      />
      <DataTable
        label={titleOf('subscriptions')}
        columns={columnsOf(devices)}
        rows={found}
        keyOf={one => one.id}
        minWidth={860}
      />
      {matching.length > found.length && (
        <Text c="dimmed">{t('subscriptions.unseen', { count: matching.length - found.length })}</Text>
      )}
    </Stack>
  )
}

const columnsOf = (devices: ReadonlyMap<string, string>): readonly Column<WatcherNow>[] => [
  {
    key: 'watcher',
    title: t('subscriptions.column.watcher'),
    draw: one => (
      <Link className="row-link" href={`/device/${one.device}`}>
        {devices.get(one.device) ?? '…'}
      </Link>
    ),
  },
  {
    key: 'target',
    title: t('subscriptions.column.target'),
    text: one => (one.name === '' ? one.target : `${one.target} ${one.name}`),
  },
  {
    key: 'package',
    title: t('subscriptions.column.package'),
    text: one => (KNOWN.has(one.package) ? t(`subscriptions.package.${one.package}`) : one.package),
  },
  {
    key: 'address',
    title: t('subscriptions.column.address'),
    text: one => `${one.host}:${one.port} ${one.transport}`,
  },
  { key: 'agent', title: t('subscriptions.column.agent'), text: one => one.userAgent || '–' },
  { key: 'until', title: t('subscriptions.column.until'), text: one => when(one.expiresAt) },
]

const KNOWN = new Set(['dialog', 'presence', 'message-summary', 'reg', 'ua-profile'])

const searched = (one: WatcherNow): string =>
  [one.authName, one.target, one.name, one.package, one.host, one.userAgent].join(' ').toLowerCase()
