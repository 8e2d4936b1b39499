// The table of past things: found by a word and by days, older ones on demand, what is found as a file.
import { Button, Group, Stack, Text, TextInput } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useInfiniteQuery } from '@tanstack/react-query'
import { type ReactNode, useState } from 'react'
import { useAct } from './act.ts'
import { type ApiError, api } from './api.ts'
import { useLive } from './box.tsx'
import { downloadCsv } from './csv.ts'
import { Icon } from './icon.tsx'
import { Loaded } from './page.tsx'
import { type Column, DataTable } from './table.tsx'
import { t } from './words.ts'

type Answer<Row> = { readonly next?: string } & Readonly<Record<string, readonly Row[] | string | undefined>>

export interface HistoryProps<Row> {
  /** The route below `/api/`. */
  readonly path: string
  /** The field of its answer that holds the rows. */
  readonly rows: string
  readonly label: string
  readonly columns: readonly Column<Row>[]
  keyOf(row: Row): string
  /** What is said where there is nothing yet: how something comes to be here. */
  readonly none: ReactNode
  /** Facts that bring something new. */
  readonly live?: readonly string[]
  /** What the page asks besides word and days, and the fields in which it is chosen. */
  readonly more?: { readonly asked: Readonly<Record<string, string>>; readonly fields: ReactNode; clear(): void }
  readonly minWidth?: number
}

interface Filter {
  readonly q: string
  readonly since: string
  readonly until: string
}
const NOTHING: Filter = { q: '', since: '', until: '' }
const STEP = 50
/** A file holds at most so many rows. */
const LONGEST_FILE = 10_000

export function HistoryTable<Row>(props: HistoryProps<Row>) {
  const { path, rows: name, label, columns, keyOf, more } = props
  const [filter, setFilter] = useState(NOTHING)
  const [settled] = useDebouncedValue(filter, 250)
  const query = queryOf(settled, more?.asked ?? {})
  const found = usePages<Row>(path, query, { name, live: props.live ?? [] })
  const narrowed = query !== ''
  const clear = () => {
    setFilter(NOTHING)
    more?.clear()
  }
  return (
    <Stack gap="sm">
      <Filters filter={filter} change={part => setFilter({ ...filter, ...part })}>
        {more?.fields}
        <File path={path} query={query} name={name} label={label} columns={columns} />
      </Filters>
      <Loaded of={found}>
        {rows =>
          rows.length > 0 ? (
            <>
              <DataTable
                label={label}
                columns={columns}
                rows={rows}
                keyOf={keyOf}
                {...(props.minWidth ? { minWidth: props.minWidth } : {})}
              />
              {found.more && (
                <Button variant="light" loading={found.busy} onClick={found.older} style={{ alignSelf: 'flex-start' }}>
                  {t('list.older')}
                </Button>
              )}
            </>
          ) : narrowed ? (
            <Group gap="md">
              <Text>{t('list.none-found')}</Text>
              <Button variant="light" onClick={clear}>
                {t('list.clear')}
              </Button>
            </Group>
          ) : (
            <Text>{props.none}</Text>
          )
        }
      </Loaded>
    </Stack>
  )
}

function usePages<Row>(path: string, query: string, o: { name: string; live: readonly string[] }) {
  const key = `${path}?${query}`
  useLive(key, o.live)
  const asked = useInfiniteQuery<Answer<Row>, ApiError, readonly Row[], [string], string>({
    queryKey: [key],
    initialPageParam: '',
    queryFn: ({ pageParam }) => api('GET', `${path}?${query}&limit=${STEP}${cursorOf(pageParam)}`),
    getNextPageParam: last => last.next,
    select: ({ pages }) => pages.flatMap(page => rowsOf(page, o.name)),
    staleTime: 0,
    placeholderData: former => former,
  })
  return {
    data: asked.data,
    error: asked.error,
    refetch: asked.refetch,
    more: asked.hasNextPage,
    busy: asked.isFetchingNextPage,
    older: () => void asked.fetchNextPage(),
  }
}

const rowsOf = <Row,>(answer: Answer<Row>, name: string): readonly Row[] => (answer[name] ?? []) as readonly Row[]
const cursorOf = (cursor: string): string => (cursor === '' ? '' : `&cursor=${encodeURIComponent(cursor)}`)

function Filters(props: { filter: Filter; change: (part: Partial<Filter>) => void; children: ReactNode }) {
  const { filter, change, children } = props
  return (
    <Group align="flex-end" gap="sm">
      <TextInput
        label={t('list.search')}
        value={filter.q}
        maxLength={80}
        flex="1 1 200px"
        leftSection={<Icon name="search" />}
        onChange={event => change({ q: event.currentTarget.value })}
      />
      {(['since', 'until'] as const).map(side => (
        <TextInput
          key={side}
          type="date"
          flex="1 1 150px"
          maw={220}
          label={t(`list.${side}`)}
          value={filter[side]}
          onChange={event => change({ [side]: event.currentTarget.value })}
        />
      ))}
      {children}
    </Group>
  )
}

function File<Row>(
  props: Pick<HistoryProps<Row>, 'path' | 'label' | 'columns'> & { readonly query: string; readonly name: string },
) {
  const { path, query, name, label, columns } = props
  const act = useAct()
  const save = () =>
    act.run(async () => {
      const rows: Row[] = []
      let cursor: string | undefined = ''
      while (cursor !== undefined && rows.length < LONGEST_FILE) {
        const page: Answer<Row> = await api('GET', `${path}?${query}&limit=500${cursorOf(cursor)}`)
        rows.push(...rowsOf(page, name))
        cursor = page.next
      }
      downloadCsv(label, columns, rows)
    })
  return (
    <Button variant="default" loading={act.busy} onClick={() => void save()}>
      {t('list.csv')}
    </Button>
  )
}

/** Days are those of whoever looks: from the first midnight to the one after the last. */
function queryOf(filter: Filter, asked: Readonly<Record<string, string>>): string {
  const query = new URLSearchParams(asked)
  if (filter.q.trim() !== '') query.set('q', filter.q.trim())
  if (filter.since !== '') query.set('since', String(new Date(`${filter.since}T00:00`).getTime()))
  if (filter.until !== '') {
    const after = new Date(`${filter.until}T00:00`)
    after.setDate(after.getDate() + 1)
    query.set('until', String(after.getTime()))
  }
  return query.toString()
}
