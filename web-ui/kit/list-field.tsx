// A list of entries, each with fields of its own: added, removed, put in order.
import { ActionIcon, Button, Group, Input, Paper, Stack, Text } from '@mantine/core'
import { commonOf, Field, type FieldProps, GroupFields } from './fields.tsx'
import { Icon } from './icon.tsx'
import { ActionField } from './pickers.tsx'
import { controlOf, type Fields, initialOf } from './schema.ts'
import { t } from './words.ts'

export function ListField(props: FieldProps) {
  const { node, value, form, change, path } = props
  const { label, description, error, withAsterisk } = commonOf(props)
  const items = Array.isArray(value) ? (value as readonly unknown[]) : []
  const put = (index: number, next: unknown) => change(items.map((item, at) => (at === index ? next : item)))
  return (
    <Input.Wrapper
      label={label}
      description={description}
      error={error}
      withAsterisk={withAsterisk}
      labelElement="div"
      size="md"
    >
      <Stack gap="sm" mt="xs">
        {items.map((item, index) => (
          <Paper
            // biome-ignore lint/suspicious/noArrayIndexKey: entries of a list have no identity but their place
            key={index}
            withBorder
            p="md"
            role="group"
            aria-label={`${label}, ${t('form.entry', { number: index + 1 })}`}
          >
            <Group justify="space-between" mb="xs" wrap="nowrap">
              <Text fw={600}>{t('form.entry', { number: index + 1 })}</Text>
              {!form.readOnly && <EntryButtons index={index} items={items} change={change} />}
            </Group>
            <Entry {...props} index={index} item={item} put={next => put(index, next)} path={`${path}.${index}`} />
          </Paper>
        ))}
        {!form.readOnly && items.length < (node.maxItems ?? 1_000) && (
          <Button
            variant="light"
            style={{ alignSelf: 'flex-start' }}
            leftSection={<Icon name="add" />}
            onClick={() => change([...items, initialOf(node.items ?? {})])}
          >
            {t('form.add')}
          </Button>
        )}
      </Stack>
    </Input.Wrapper>
  )
}

function Entry(props: FieldProps & { readonly index: number; readonly item: unknown; put(next: unknown): void }) {
  const { node, item, put, form, path } = props
  const items = node.items ?? {}
  if (controlOf(items).as === 'group') {
    return <GroupFields node={items} path={`${path}.`} value={(item ?? {}) as Fields} form={form} change={put} />
  }
  if (items['x-action']) {
    return (
      <ActionField node={items} path={path} name={props.name} required value={item} form={form} change={put} bare />
    )
  }
  return <Field node={items} path={path} name={props.name} required value={item} form={form} change={put} />
}

function EntryButtons(props: { index: number; items: readonly unknown[]; change(next: readonly unknown[]): void }) {
  const { index, items, change } = props
  const moved = (to: number) => {
    const next = items.filter((_, at) => at !== index)
    next.splice(to, 0, items[index])
    change(next)
  }
  return (
    <Group gap={4} wrap="nowrap">
      <ActionIcon variant="subtle" aria-label={t('form.up')} disabled={index === 0} onClick={() => moved(index - 1)}>
        <Icon name="up" />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        aria-label={t('form.down')}
        disabled={index === items.length - 1}
        onClick={() => moved(index + 1)}
      >
        <Icon name="down" />
      </ActionIcon>
      <ActionIcon
        variant="subtle"
        color="red"
        aria-label={t('form.remove')}
        onClick={() => change(items.filter((_, at) => at !== index))}
      >
        <Icon name="remove" />
      </ActionIcon>
    </Group>
  )
}
