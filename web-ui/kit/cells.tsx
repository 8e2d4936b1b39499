// Values as a table shows them: pointers by label, yes and no, units.
import { Badge, Text } from '@mantine/core'
import { useGet } from './box.tsx'
import { controlOf, type Fields, type Node } from './schema.ts'
import { t } from './words.ts'

/** Labels of everything that these rows point at through this field. */
export function useLabels(
  kind: string | undefined,
  rows: readonly Fields[],
  field: string,
): ReadonlyMap<string, string> {
  const ids = [...new Set(rows.map(row => row[field]).filter(id => typeof id === 'string'))].sort()
  const { data } = useGet<{ items: readonly { id: string; label: string }[] }>(
    `choices/${kind ?? ''}?ids=${ids.join(',')}`,
    {
      enabled: kind !== undefined && ids.length > 0,
      live: ['document.changed'],
    },
  )
  return new Map(data?.items.map(one => [one.id, one.label]))
}

/** A column's cells; asks for labels once for the whole column. */
export function useColumn(node: Node, rows: readonly Fields[], field: string): (value: unknown) => React.ReactNode {
  const control = controlOf(node)
  const labels = useLabels(control.as === 'ref' ? control.kind : undefined, rows, field)
  return value => {
    if (value === undefined || value === null || value === '') return <Text c="dimmed">–</Text>
    if (control.as === 'ref') return labels.get(String(value)) ?? '…'
    if (control.as === 'yes-no')
      return (
        <Badge variant="light" color={value === true ? 'cyan' : 'gray'}>
          {t(value === true ? 'form.yes' : 'form.no')}
        </Badge>
      )
    if (control.as === 'choice') return control.options.find(one => one.value === String(value))?.label ?? String(value)
    if (control.as === 'destination') return String((value as Fields).kind)
    return node['x-unit'] ? `${value} ${node['x-unit']}` : String(value)
  }
}
