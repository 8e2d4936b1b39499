// The table of one kind of thing, drawn from its schema.
import { Button, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { Link } from 'wouter'
import { type Kind, useGet } from '../kit/box.tsx'
import { useColumn } from '../kit/cells.tsx'
import { Icon } from '../kit/icon.tsx'
import { Loaded, Page } from '../kit/page.tsx'
import { columnsOf, type Fields } from '../kit/schema.ts'
import { type Column, DataTable } from '../kit/table.tsx'
import { fieldWords, t } from '../kit/words.ts'

interface Row {
  readonly id: string
  readonly value: Fields
}
interface Listed {
  readonly total: number
  readonly items: readonly Row[]
}
const STEP = 100

export default function ResourceList({ kind }: { readonly kind: Kind }) {
  const [search, setSearch] = useState('')
  const [q] = useDebouncedValue(search, 250)
  const [limit, setLimit] = useState(STEP)
  const query = `limit=${limit}${q.trim() === '' ? '' : `&q=${encodeURIComponent(q.trim())}`}`
  const list = useGet<Listed>(`resources/${kind.kind}?${query}`)
  const [one, many] = kind.title
  const add = kind.manage && (
    <Button component={Link} href={`/${kind.kind}/new`} leftSection={<Icon name="add" />}>
      {t('list.add', { what: one.toLowerCase() })}
    </Button>
  )
  return (
    <Page title={many} buttons={add}>
      <TextInput
        aria-label={t('list.search')}
        placeholder={t('list.search')}
        leftSection={<Icon name="search" />}
        value={search}
        maw={420}
        onChange={event => setSearch(event.currentTarget.value)}
      />
      <Loaded of={list}>
        {({ items, total }) =>
          total === 0 ? (
            <Text>{q === '' ? t('list.none', { what: many.toLowerCase() }) : t('list.none-found')}</Text>
          ) : (
            <Stack gap="sm">
              <Rows kind={kind} items={items} />
              <Text c="dimmed">{t('list.total', { count: total })}</Text>
              {items.length < total && limit < 500 && (
                <Button
                  variant="light"
                  style={{ alignSelf: 'flex-start' }}
                  onClick={() => setLimit(Math.min(500, limit + STEP * 2))}
                >
                  {t('list.more')}
                </Button>
              )}
            </Stack>
          )
        }
      </Loaded>
    </Page>
  )
}

function Rows({ kind, items }: { readonly kind: Kind; readonly items: readonly Row[] }) {
  const columns = columnsOf(kind.schema, kind.label).map((name, at): Column<Row> => {
    const title = kind.schema.properties?.[name]?.title ?? fieldWords(name)
    if (at > 0)
      return { key: name, title, draw: row => <Cell kind={kind} name={name} items={items} value={row.value[name]} /> }
    const draw = (row: Row) => (
      <Link className="row-link" href={`/${kind.kind}/${row.id}`}>
        {String(row.value[name] ?? row.id)}
      </Link>
    )
    return { key: name, title, minWidth: 140, draw }
  })
  return <DataTable label={kind.title[1]} columns={columns} rows={items} keyOf={row => row.id} minWidth={300} />
}

function Cell(props: { kind: Kind; name: string; items: readonly Row[]; value: unknown }) {
  const { kind, name, items, value } = props
  const draw = useColumn(
    kind.schema.properties?.[name] ?? {},
    items.map(row => row.value),
    name,
  )
  return <>{draw(value)}</>
}
