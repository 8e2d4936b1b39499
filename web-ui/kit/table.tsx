// A table as every page shows it: it scrolls by itself where the screen is narrow, and a reader of screens hears its name.
import { Paper, ScrollArea, Table } from '@mantine/core'
import type { ReactNode } from 'react'

export interface Column<Row> {
  readonly key: string
  readonly title: string
  /** The cell as text; what has none is no part of a file either. */
  text?(row: Row): string
  /** The cell where it is more than its text. */
  draw?(row: Row): ReactNode
  /** The title is for readers of screens only, as over a column of buttons. */
  readonly silent?: true
  readonly minWidth?: number
}

interface TableProps<Row> {
  readonly label: string
  readonly columns: readonly Column<Row>[]
  readonly rows: readonly Row[]
  keyOf(row: Row): string
  /** Narrower than this it scrolls; pixels. */
  readonly minWidth?: number
}

export function DataTable<Row>({ label, columns, rows, keyOf, minWidth = 640 }: TableProps<Row>) {
  return (
    <Paper withBorder>
      <ScrollArea type="auto" viewportProps={{ tabIndex: 0, role: 'region', 'aria-label': label }}>
        <Table
          className="data-table"
          highlightOnHover
          verticalSpacing="sm"
          horizontalSpacing="md"
          fz="md"
          miw={minWidth}
          aria-label={label}
        >
          <Table.Thead>
            <Table.Tr>
              {columns.map(({ key, title, silent, minWidth: miw }) => (
                <Table.Th key={key} {...(silent ? { 'aria-label': title } : {})} style={miw ? { minWidth: miw } : {}}>
                  {silent ? null : title}
                </Table.Th>
              ))}
            </Table.Tr>
          </Table.Thead>
          <Table.Tbody>
            {rows.map(row => (
              <Table.Tr key={keyOf(row)}>
                {columns.map(column => (
                  <Table.Td key={column.key}>{column.draw?.(row) ?? column.text?.(row)}</Table.Td>
                ))}
              </Table.Tr>
            ))}
          </Table.Tbody>
        </Table>
      </ScrollArea>
    </Paper>
  )
}
