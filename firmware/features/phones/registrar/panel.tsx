// The page of phones as they are now: registered from where, silent, or absent.
import { useAct } from '@kit/act.ts'
import { api } from '@kit/api.ts'
import { useGet, useRoute } from '@kit/box.tsx'
import { useLabels } from '@kit/cells.tsx'
import { ORANGE, RED, TEAL } from '@kit/colors.ts'
import { Loaded, Page } from '@kit/page.tsx'
import { Seal } from '@kit/seal.tsx'
import { type Column, DataTable } from '@kit/table.tsx'
import { t, titleOf } from '@kit/words.ts'
import { Badge, Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useState } from 'react'
import { Link } from 'wouter'

interface LineNow {
  readonly line: string
  readonly authName: string
  readonly device: string
  readonly extension?: string
  readonly bindings: readonly {
    readonly host: string
    readonly port: number
    readonly transport: string
    readonly userAgent: string
    readonly state: 'registered' | 'silent'
  }[]
}
type State = 'registered' | 'silent' | 'absent'

const COLORS: Readonly<Record<State, string>> = { registered: TEAL, silent: ORANGE, absent: RED }
/** More rows than anybody reads: the search narrows them. */
const SHOWN = 300

const stateOf = ({ bindings }: LineNow): State =>
  bindings.some(one => one.state === 'registered') ? 'registered' : bindings.length > 0 ? 'silent' : 'absent'

export default function PhonesNow() {
  const phones = useGet<{ lines: readonly LineNow[] }>('registrar/phones', {
    live: ['phone.', 'document.changed'],
    everySeconds: 30,
  })
  return (
    <Page title={titleOf('registrar')}>
      <Loaded of={phones}>
        {({ lines }) => (lines.length === 0 ? <Text>{t('registrar.none')}</Text> : <Floor lines={lines} />)}
      </Loaded>
    </Page>
  )
}

function Floor({ lines }: { readonly lines: readonly LineNow[] }) {
  const [search, setSearch] = useState('')
  const registered = lines.filter(line => stateOf(line) === 'registered').length
  const wanted = search.trim().toLowerCase()
  const matching = lines.filter(line => wanted === '' || searched(line).includes(wanted))
  const found = matching.slice(0, SHOWN)
  const devices = useLabels('device', found as never, 'device')
  const extensions = useLabels('extension', found as never, 'extension')
  const mayOrder = useRoute('registrar/order')
  const columns = columnsOf(devices, extensions)
  return (
    <Stack gap="sm">
      <Text>{t('registrar.counts', { registered, all: lines.length })}</Text>
      {registered < lines.length && (
        <Text c="dimmed">{t('registrar.type-in', { host: window.location.hostname })}</Text>
      )}
      <Text c="dimmed">
        {t('registrar.encrypt')}{' '}
        <a href="/authority.crt" download="plant-pbx-authority.crt">
          {t('registrar.authority')}
        </a>
      </Text>
      <TextInput
        aria-label={t('list.search')}
        placeholder={t('list.search')}
        value={search}
        maw={420}
        onChange={event => setSearch(event.currentTarget.value)}
      />
      <DataTable
        label={titleOf('registrar')}
        columns={mayOrder ? [...columns, ORDERS] : columns}
        rows={found}
        keyOf={line => line.line}
        minWidth={860}
      />
      {matching.length > found.length && (
        <Text c="dimmed">{t('registrar.unseen', { count: matching.length - found.length })}</Text>
      )}
    </Stack>
  )
}

type Labels = ReadonlyMap<string, string>

const columnsOf = (devices: Labels, extensions: Labels): readonly Column<LineNow>[] => [
  {
    key: 'device',
    title: t('registrar.column.device'),
    draw: line => (
      <Link className="row-link" href={`/device/${line.device}`}>
        {devices.get(line.device) ?? '…'}
      </Link>
    ),
  },
  {
    key: 'extension',
    title: t('registrar.column.extension'),
    text: line => (line.extension === undefined ? '–' : (extensions.get(line.extension) ?? '…')),
  },
  { key: 'line', title: t('registrar.column.line'), text: line => line.authName },
  { key: 'state', title: t('registrar.column.state'), draw: line => <StateBadge state={stateOf(line)} /> },
  {
    key: 'address',
    title: t('registrar.column.address'),
    draw: line => <Ways of={line.bindings} />,
  },
  {
    key: 'agent',
    title: t('registrar.column.agent'),
    text: line => line.bindings.map(one => one.userAgent).join(', ') || '–',
  },
]

/** Telling a phone something from afar. */
const ORDERS: Column<LineNow> = {
  key: 'orders',
  title: t('registrar.column.orders'),
  silent: true,
  draw: line => (line.bindings.length > 0 ? <Orders line={line.line} /> : null),
}

function Orders({ line }: { readonly line: string }) {
  const [sure, setSure] = useState(false)
  const [given, setGiven] = useState(false)
  const act = useAct()
  const give = async (what: 'fetch' | 'restart') => {
    setGiven(await act.run(() => api('POST', 'registrar/order', { line, what })))
    setSure(false)
  }
  return (
    <Group gap="xs" wrap="nowrap">
      <Button size="compact-sm" variant="default" loading={act.busy} onClick={() => void give('fetch')}>
        {t('registrar.order.fetch')}
      </Button>
      {sure ? (
        <>
          <Button size="compact-sm" color="red" loading={act.busy} onClick={() => void give('restart')}>
            {t('registrar.order.restart-sure')}
          </Button>
          <Button size="compact-sm" variant="default" onClick={() => setSure(false)}>
            {t('form.cancel')}
          </Button>
        </>
      ) : (
        <Button size="compact-sm" variant="default" loading={act.busy} onClick={() => setSure(true)}>
          {t('registrar.order.restart')}
        </Button>
      )}
      {given && <Text size="sm">{t('registrar.order.given')}</Text>}
    </Group>
  )
}

/** Where a phone is, and whether what it says on its way is encrypted. */
const Ways = ({ of: bindings }: { readonly of: LineNow['bindings'] }) =>
  bindings.length === 0
    ? '–'
    : bindings.map(one => (
        <Text key={`${one.host} ${one.port}`} size="sm">
          {`${one.host}:${one.port} ${one.transport} `}
          {one.transport === 'tls' && (
            <>
              <Seal closed />
              {t('registrar.encrypted')}
            </>
          )}
        </Text>
      ))

const StateBadge = ({ state }: { readonly state: State }) => (
  <Badge size="lg" radius="sm" variant="filled" tt="none" color={COLORS[state]}>
    {t(`registrar.state.${state}`)}
  </Badge>
)

const searched = (line: LineNow): string =>
  [line.authName, stateOf(line), ...line.bindings.flatMap(one => [one.host, one.userAgent])].join(' ').toLowerCase()
