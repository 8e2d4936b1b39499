// A table as a file for a spreadsheet (RFC 4180).
import type { Column } from './table.tsx'

/** Offers the file to whoever looks; columns without a text are left out. */
export function downloadCsv<Row>(name: string, columns: readonly Column<Row>[], rows: readonly Row[]): void {
  const told = columns.filter(column => column.text !== undefined)
  const lines = [told.map(column => column.title), ...rows.map(row => told.map(column => column.text?.(row) ?? ''))]
  // The mark at the beginning tells spreadsheets that the letters are UTF-8.
  const text = `\uFEFF${lines.map(line => line.map(cell).join(',')).join('\r\n')}\r\n`
  const url = URL.createObjectURL(new Blob([text], { type: 'text/csv;charset=utf-8' }))
  const link = document.createElement('a')
  link.href = url
  link.download = `${name.toLowerCase().replaceAll(/[^a-z0-9]+/g, '-')}.csv`
  link.click()
  URL.revokeObjectURL(url)
}

/** What begins like a formula would be carried out by a spreadsheet: a name of a phone must not be. */
const cell = (text: string): string => `"${(/^[=+\-@\t]/.test(text) ? `'${text}` : text).replaceAll('"', '""')}"`
