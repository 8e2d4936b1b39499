// Pickers: other resources, destinations of calls, actions of triggers, permissions. Nobody types an identity.
import { Checkbox, Fieldset, Group, Input, Loader, MultiSelect, Select, Stack, Text } from '@mantine/core'
import { useDebouncedValue } from '@mantine/hooks'
import { useState } from 'react'
import { useGet } from './box.tsx'
import { commonOf, type FieldProps, GroupFields } from './fields.tsx'
import { type Fields, initialFields, type Node } from './schema.ts'
import { sentence, t } from './words.ts'

interface Choice {
  readonly id: string
  readonly label: string
}
type Choices = { readonly items: readonly Choice[] }

/** The choices of a kind, found by typing, and those that are chosen already. */
function useChoices(kind: string, chosen: readonly string[]) {
  const [search, setSearch] = useState('')
  const [asked] = useDebouncedValue(search, 200)
  const live = { live: ['document.changed'] }
  const found = useGet<Choices>(`choices/${kind}?q=${encodeURIComponent(asked)}`, live)
  const held = useGet<Choices>(`choices/${kind}?ids=${chosen.join(',')}`, { ...live, enabled: chosen.length > 0 })
  const all = new Map([...(held.data?.items ?? []), ...(found.data?.items ?? [])].map(one => [one.id, one.label]))
  for (const id of chosen) if (!all.has(id)) all.set(id, held.isLoading ? '…' : t('form.not-visible'))
  const data = [...all].map(([value, label]) => ({ value, label }))
  return { data, search, setSearch, loading: found.isFetching }
}

interface OfKind extends FieldProps {
  readonly kind: string
}

export function RefField(props: OfKind) {
  const { kind, value, change, required } = props
  const id = typeof value === 'string' ? value : null
  const { data, search, setSearch, loading } = useChoices(kind, id === null ? [] : [id])
  return (
    <Select
      {...commonOf(props)}
      data={data}
      value={id}
      onChange={next => change(next ?? undefined)}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      clearable={!required}
      filter={({ options }) => options}
      nothingFoundMessage={t('form.nothing-found')}
      rightSection={loading ? <Loader size="xs" /> : undefined}
    />
  )
}

export function RefsField(props: OfKind) {
  const { kind, value, change } = props
  const ids = Array.isArray(value) ? value.map(String) : []
  const { data, search, setSearch } = useChoices(kind, ids)
  return (
    <MultiSelect
      {...commonOf(props)}
      data={data}
      value={ids}
      onChange={change}
      searchable
      searchValue={search}
      onSearchChange={setSearch}
      nothingFoundMessage={t('form.nothing-found')}
    />
  )
}

interface DestinationKind {
  readonly kind: string
  readonly title: string
  readonly choices: readonly Choice[]
}

/** Where a call goes: first what kind of place, then which. */
export function DestinationField(props: FieldProps) {
  const { value, change, form, path, required } = props
  const { label, description, error } = commonOf(props)
  const { data } = useGet<{ kinds: readonly DestinationKind[] }>('destinations', { live: ['document.changed'] })
  const held = (value ?? {}) as { kind?: string; id?: string; options?: Fields }
  const kinds = data?.kinds ?? []
  const chosen = kinds.find(one => one.kind === held.kind)
  const known = kinds.map(one => ({ value: one.kind, label: one.title }))
  const kindOptions = held.kind && !chosen ? [...known, { value: held.kind, label: held.kind }] : known
  return (
    <Fieldset legend={label}>
      <Stack gap="xs">
        {description && <Text c="dimmed">{description}</Text>}
        <Group grow align="flex-start" preventGrowOverflow={false}>
          <Select
            label={t('form.destination')}
            data={kindOptions}
            value={held.kind ?? null}
            disabled={form.readOnly}
            clearable={!required}
            error={error ?? form.faults[`${path}.kind`]}
            onChange={kind =>
              change(
                kind === null ? undefined : { kind, id: kinds.find(one => one.kind === kind)?.choices[0]?.id ?? '' },
              )
            }
          />
          {chosen && chosen.choices.length > 0 && (
            <Select
              label={t('form.target')}
              data={chosen.choices.map(one => ({ value: one.id, label: one.label }))}
              value={held.id ?? null}
              searchable
              disabled={form.readOnly}
              error={form.faults[`${path}.id`]}
              onChange={id => id !== null && change({ ...held, id })}
            />
          )}
        </Group>
      </Stack>
    </Fieldset>
  )
}

interface ActionKind {
  readonly kind: string
  readonly title: string
  readonly params: Node
}

/** What a trigger does: the kind, and its own fields. */
export function ActionField(props: FieldProps & { readonly bare?: true }) {
  const { value, change, form, path, required } = props
  const { label, description, error } = commonOf(props)
  const { data } = useGet<{ kinds: readonly ActionKind[] }>('actions')
  const held = (value ?? {}) as { kind?: string; params?: Fields }
  const kinds = data?.kinds ?? []
  const chosen = kinds.find(one => one.kind === held.kind)
  const known = kinds.map(one => ({ value: one.kind, label: one.title }))
  const body = (
    <Stack gap="md">
      {description && <Text c="dimmed">{description}</Text>}
      <Select
        label={t('form.action')}
        data={held.kind && !chosen ? [...known, { value: held.kind, label: held.kind }] : known}
        value={held.kind ?? null}
        disabled={form.readOnly}
        clearable={!required}
        error={error ?? form.faults[`${path}.kind`]}
        onChange={kind => {
          const params = initialFields(kinds.find(one => one.kind === kind)?.params ?? {})
          change(kind === null ? undefined : { kind, params })
        }}
      />
      {chosen && (
        <GroupFields
          node={chosen.params}
          path={`${path}.params.`}
          value={held.params ?? {}}
          form={form}
          change={params => change({ ...held, params })}
        />
      )}
    </Stack>
  )
  return props.bare ? body : <Fieldset legend={label}>{body}</Fieldset>
}

interface Permission {
  readonly name: string
  readonly text: string
  readonly feature: string
}

/** What a role allows, feature by feature. */
export function PermissionsField(props: FieldProps) {
  const { value, change, form } = props
  const { label, description, error } = commonOf(props)
  const { data } = useGet<{ permissions: readonly Permission[] }>('permissions')
  const held = Array.isArray(value) ? value.map(String) : []
  const permissions = data?.permissions ?? []
  const unknown = held.filter(name => name !== '*' && !permissions.some(one => one.name === name))
  const features = [...new Set(permissions.map(one => one.feature))]
  const set = (name: string, on: boolean) => change(on ? [...held, name] : held.filter(one => one !== name))
  const box = (name: string, text: string) => (
    <Checkbox
      key={name}
      label={text}
      description={name}
      checked={held.includes(name)}
      disabled={form.readOnly || (name !== '*' && held.includes('*'))}
      onChange={event => set(name, event.currentTarget.checked)}
    />
  )
  return (
    <Input.Wrapper label={label} description={description} error={error} labelElement="div">
      <Stack gap="sm" mt="xs">
        {box('*', t('form.everything'))}
        <div className="fields" style={{ alignItems: 'start' }}>
          {features.map(feature => (
            <Fieldset key={feature} legend={sentence(feature.replaceAll('-', ' '))}>
              <Stack gap="xs">
                {permissions.filter(one => one.feature === feature).map(one => box(one.name, one.text))}
              </Stack>
            </Fieldset>
          ))}
        </div>
        {unknown.map(name => box(name, name))}
      </Stack>
    </Input.Wrapper>
  )
}
