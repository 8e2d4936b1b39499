// Tables for the terminal: columns as wide as their longest cell, no lines that break when copied.

/** Rows of cells under their titles; empty cells show a dash. */
export function tableText(titles: readonly string[], rows: readonly (readonly unknown[])[]): string {
  const cells = [titles, ...rows].map(row =>
    row.map(cell => (cell === undefined || cell === null || cell === '' ? '–' : String(cell))),
  )
  const widths = titles.map((_, column) => Math.max(...cells.map(row => (row[column] ?? '').length)))
  return cells
    .map(row =>
      row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd(),
    )
    .join('\n')
}

/** `14:03:07` in the zone of this terminal. */
export const timeText = (at: number | undefined | null): string =>
  at === undefined || at === null ? '–' : new Date(at).toLocaleTimeString('en-GB')
