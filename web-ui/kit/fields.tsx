// A form drawn from a schema: one control per field, faults where they belong.
import {
  Button,
  Collapse,
  Fieldset,
  JsonInput,
  MultiSelect,
  NumberInput,
  Select,
  Stack,
  Switch,
  TagsInput,
  Text,
  Textarea,
  TextInput,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { ListField } from './list-field.tsx'
import { NetworkField } from './network-field.tsx'
import { ActionField, DestinationField, PermissionsField, RefField, RefsField } from './pickers.tsx'
import { type Control, controlOf, type Fields, initialOf, type Node, variantIndex } from './schema.ts'
import { SecretField } from './secret-field.tsx'
import { TerminalField } from './terminal-field.tsx'
import { fieldWords, t } from './words.ts'

/** What is wrong, by field path (`members.2.zone`). */
export type Faults = Readonly<Record<string, string>>

export interface FormState {
  readonly faults: Faults
  /** Paths of secrets that are set on the box. */
  readonly secrets: readonly string[]
  readonly readOnly: boolean
}

export interface FieldProps {
  readonly node: Node
  readonly path: string
  readonly name: string
  readonly required: boolean
  readonly value: unknown
  readonly form: FormState
  change(value: unknown): void
}

/** All fields of a group; advanced ones folded away. */
export function GroupFields(props: {
  node: Node
  path: string
  value: Fields
  form: FormState
  change(value: Fields): void
}) {
  const { node, path, value, form, change } = props
  const [open, { toggle }] = useDisclosure(false)
  const required = new Set(node.required ?? [])
  const shown = Object.entries(node.properties ?? {}).filter(
    ([, child]) => !child['x-hidden'] && child.const === undefined,
  )
  const advanced = shown.filter(([, child]) => child['x-advanced'])
  const faulty = advanced.some(([name]) => Object.keys(form.faults).some(at => at.startsWith(`${path}${name}`)))
  const draw = ([name, child]: [string, Node]) => (
    <div key={name} className={isWide(child) ? 'wide' : undefined}>
      <Field
        node={child}
        name={name}
        path={`${path}${name}`}
        required={required.has(name) && child.default === undefined}
        value={value[name]}
        form={form}
        change={next => change(withField(value, name, next))}
      />
    </div>
  )
  return (
    <Stack gap="md">
      <div className="fields">{shown.filter(([, child]) => !child['x-advanced']).map(draw)}</div>
      {advanced.length > 0 && (
        <div>
          <Button variant="subtle" onClick={toggle} aria-expanded={open || faulty} px={0}>
            {t('form.more')}
          </Button>
          <Collapse expanded={open || faulty}>
            <div className="fields">{advanced.map(draw)}</div>
          </Collapse>
        </div>
      )}
    </Stack>
  )
}

/** Fields that want the whole width; the others stand side by side where there is room. */
function isWide(node: Node): boolean {
  const { as } = controlOf(node)
  return !(
    as === 'ref' ||
    as === 'choice' ||
    as === 'number' ||
    as === 'text' ||
    as === 'terminal' ||
    as === 'network' ||
    as === 'secret'
  )
}

function withField(value: Fields, name: string, next: unknown): Fields {
  const { [name]: _, ...rest } = value
  return next === undefined ? rest : { ...rest, [name]: next }
}

/** One field. */
export function Field(props: FieldProps) {
  const control = controlOf(props.node)
  const common = commonOf(props)
  switch (control.as) {
    case 'ref':
      return <RefField {...props} {...common} kind={control.kind} />
    case 'refs':
      return <RefsField {...props} {...common} kind={control.kind} />
    case 'terminal':
    case 'terminals':
      return <TerminalField {...props} control={control} />
    case 'network':
      return <NetworkField {...props} control={control} />
    case 'secret':
      return <SecretField {...props} />
    case 'destination':
      return <DestinationField {...props} />
    case 'action':
      return <ActionField {...props} />
    case 'permissions':
      return <PermissionsField {...props} />
    case 'list':
      return <ListField {...props} />
    case 'group':
      return (
        <Fieldset legend={common.label}>
          <GroupFields
            node={props.node}
            path={`${props.path}.`}
            value={(props.value ?? {}) as Fields}
            form={props.form}
            change={props.change}
          />
        </Fieldset>
      )
    case 'variants':
      return <VariantField {...props} variants={control.variants} />
    default:
      return <SimpleField {...props} control={control} />
  }
}

/** Label, help and fault, the same for each control. */
export function commonOf(props: FieldProps) {
  const { node, name, required, form, path } = props
  const fault = form.faults[path]
  return {
    label: node.title ?? fieldWords(name),
    description: node.description,
    error: fault,
    disabled: form.readOnly,
    withAsterisk: required,
    'data-path': path,
  }
}

type Simple = Exclude<
  Control,
  {
    as:
      | 'ref'
      | 'refs'
      | 'secret'
      | 'destination'
      | 'action'
      | 'permissions'
      | 'terminal'
      | 'terminals'
      | 'network'
      | 'list'
      | 'group'
      | 'variants'
  }
>

function SimpleField(props: FieldProps & { readonly control: Simple }) {
  const { control, value, change, node } = props
  const common = commonOf(props)
  switch (control.as) {
    case 'yes-no':
      return <Switch {...common} checked={value === true} onChange={event => change(event.currentTarget.checked)} />
    case 'number':
      return (
        <NumberInput
          {...common}
          value={typeof value === 'number' ? value : ''}
          allowDecimal={node.type === 'number'}
          {...(node['x-unit'] ? { suffix: ` ${node['x-unit']}` } : {})}
          onChange={next => change(typeof next === 'number' ? next : undefined)}
        />
      )
    case 'choice':
      return (
        <Select
          {...common}
          data={[...control.options]}
          value={value === undefined ? null : String(value)}
          clearable={!props.required && node.default === undefined}
          onChange={next => change(next === null ? undefined : original(node, next))}
        />
      )
    case 'choices':
      return <MultiSelect {...common} data={[...control.options]} value={words(value)} onChange={change} />
    case 'words':
      return <TagsInput {...common} value={words(value)} onChange={change} clearable />
    case 'long-text':
      return (
        <Textarea
          {...common}
          autosize
          minRows={2}
          value={text(value)}
          onChange={event => change(event.currentTarget.value)}
        />
      )
    case 'text':
      return (
        <TextInput
          {...common}
          value={text(value)}
          {...(node['x-dial-number'] ? { inputMode: 'tel' as const } : {})}
          onChange={event => change(emptied(event.currentTarget.value, props))}
        />
      )
    case 'raw':
      return (
        <JsonInput
          {...common}
          autosize
          minRows={2}
          defaultValue={value === undefined ? '' : JSON.stringify(value, undefined, 2)}
          onChange={next => change(parsed(next))}
        />
      )
  }
}

/** A choice's value may be a number or a yes/no in the schema. */
const original = (node: Node, chosen: string): unknown =>
  [...(node.enum ?? []), ...(node.anyOf ?? node.oneOf ?? []).map(branch => branch.const)].find(
    value => String(value) === chosen,
  )

/** An optional text that is emptied is no text at all. */
const emptied = (next: string, props: FieldProps): string | undefined =>
  next === '' && !props.required && props.node.default === undefined ? undefined : next

const text = (value: unknown): string => (typeof value === 'string' ? value : value === undefined ? '' : String(value))
const words = (value: unknown): string[] => (Array.isArray(value) ? value.map(String) : [])

function parsed(value: string): unknown {
  if (value.trim() === '') return undefined
  try {
    return JSON.parse(value)
  } catch {
    // Still being typed: sent as text, the box says what it wants instead.
    return value
  }
}

/** A field that has one of several forms: which, and then its fields. */
function VariantField(props: FieldProps & { readonly variants: readonly { label: string; node: Node }[] }) {
  const { variants, value, change, form, path } = props
  const common = commonOf(props)
  const index = variantIndex(variants, value)
  const variant = variants[index]
  return (
    <Fieldset legend={common.label}>
      <Stack gap="md">
        {common.description && (
          <Text size="sm" c="dimmed">
            {common.description}
          </Text>
        )}
        <Select
          label={t('form.variant')}
          data={variants.map(({ label }, at) => ({ value: String(at), label: fieldWords(label) }))}
          value={value === undefined ? null : String(index)}
          error={common.error}
          disabled={form.readOnly}
          clearable={!props.required}
          onChange={next => change(next === null ? undefined : initialOf(variants[Number(next)]?.node ?? {}))}
        />
        {variant?.node.properties && value !== undefined && (
          <GroupFields
            node={variant.node}
            path={`${path}.`}
            value={value as Fields}
            form={form}
            change={next => change({ ...fixed(variant.node), ...next })}
          />
        )}
      </Stack>
    </Fieldset>
  )
}

const fixed = (node: Node): Fields =>
  Object.fromEntries(
    Object.entries(node.properties ?? {}).flatMap(([name, child]) =>
      child.const === undefined ? [] : [[name, child.const]],
    ),
  )
