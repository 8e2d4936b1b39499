// A network of the box: picked by its name, with its addresses beside it.
import { Select } from '@mantine/core'
import { useGet, useRoute } from './box.tsx'
import { commonOf, type FieldProps } from './fields.tsx'
import type { Control } from './schema.ts'
import { t } from './words.ts'

interface Networks {
  readonly networks: readonly {
    readonly name: string
    readonly carrier: boolean
    readonly addresses: readonly string[]
  }[]
}

/** The networks as they are now, the words that the field takes beside them, and what is chosen although it is away. */
export function NetworkField(props: FieldProps & { readonly control: Extract<Control, { as: 'network' }> }) {
  const { value, change, control, required } = props
  const { data } = useGet<Networks>('zones/networks', { enabled: useRoute('zones/networks') })
  const known = [
    ...control.words.map(word => ({ value: word, label: word === 'each' ? t('network.each') : word })),
    ...(data?.networks ?? []).map(({ name, addresses }) => ({ value: name, label: [name, ...addresses].join(' · ') })),
  ]
  const chosen = typeof value === 'string' ? value : undefined
  const away = chosen === undefined || known.some(one => one.value === chosen) ? [] : [{ value: chosen, label: chosen }]
  return (
    <Select
      {...commonOf(props)}
      data={[...known, ...away]}
      value={chosen ?? null}
      onChange={next => change(next ?? undefined)}
      placeholder={t('network.routed')}
      clearable={!required}
    />
  )
}
