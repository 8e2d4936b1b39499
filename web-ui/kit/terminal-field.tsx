// Terminals of the board: picked by the names that are written beside them.
import { MultiSelect, Select } from '@mantine/core'
import { useGet, useRoute } from './box.tsx'
import { commonOf, type FieldProps } from './fields.tsx'
import type { Control, Terminal } from './schema.ts'

interface Named {
  readonly id: string
  readonly label: string
}
type BoardNames = {
  readonly inputs: readonly Named[]
  readonly outputs: readonly Named[]
  readonly amplifiers: readonly Named[]
}

const LISTS = { input: 'inputs', output: 'outputs', amplifier: 'amplifiers' } as const

/** The terminals of the board as it is now, and those that are chosen although it lacks them. */
function useTerminals(use: Terminal, chosen: readonly string[]) {
  const enabled = useRoute('board/state')
  const { data } = useGet<BoardNames>('board/state', { live: ['board.connected'], enabled })
  const known = (data?.[LISTS[use]] ?? []).map(({ id, label }) => ({ value: id, label }))
  const missing = chosen.filter(id => !known.some(one => one.value === id))
  return [...known, ...missing.map(id => ({ value: id, label: id }))]
}

export function TerminalField(props: FieldProps & { readonly control: Extract<Control, { use: Terminal }> }) {
  const { value, change, control, required } = props
  const chosen = (Array.isArray(value) ? value : [value]).filter(one => typeof one === 'string')
  const data = useTerminals(control.use, chosen)
  if (control.as === 'terminals') {
    return <MultiSelect {...commonOf(props)} data={data} value={chosen} onChange={change} searchable />
  }
  return (
    <Select
      {...commonOf(props)}
      data={data}
      value={chosen[0] ?? null}
      onChange={next => change(next ?? undefined)}
      searchable
      clearable={!required}
    />
  )
}
