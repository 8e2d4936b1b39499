// One thing: its form drawn from the schema, who uses it, deleting it.
import { Alert, Anchor, Button, Group, List, Modal, Paper, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { type FormEvent, useState } from 'react'
import { Link, useLocation } from 'wouter'
import { useAct } from '../kit/act.ts'
import { ApiError, api, type Use } from '../kit/api.ts'
import { type Kind, kindsOf, useBox, useGet, useRefresh } from '../kit/box.tsx'
import { GroupFields } from '../kit/fields.tsx'
import { Icon } from '../kit/icon.tsx'
import { Loaded, Page } from '../kit/page.tsx'
import { type Fields, fitting, initialFields } from '../kit/schema.ts'
import { tellChange } from '../kit/toasts.tsx'
import { sentence, t } from '../kit/words.ts'

interface One {
  readonly id: string
  readonly rev: number
  readonly value: Fields
  readonly secrets: readonly string[]
  readonly uses: readonly Use[]
  /** It is kept but not used, and why. */
  readonly aside?: { readonly why: string; readonly faults: Readonly<Record<string, string>> }
}

export default function ResourceEdit({ kind, id }: { readonly kind: Kind; readonly id: string }) {
  const fresh = id === 'new'
  const one = useGet<One>(`resources/${kind.kind}/${id}`, { enabled: !fresh })
  const back = (
    <Anchor component={Link} href={`/${kind.kind}`} aria-label={t('form.back', { what: kind.title[1].toLowerCase() })}>
      <Group gap={4}>
        <Icon name="back" /> {kind.title[1]}
      </Group>
    </Anchor>
  )
  if (fresh) {
    return (
      <Page title={t('form.new', { what: kind.title[0].toLowerCase() })} buttons={back}>
        <Editor kind={kind} before={undefined} />
      </Page>
    )
  }
  const title = one.data ? String(one.data.value[kind.label] ?? kind.title[0]) : kind.title[0]
  return (
    <Page title={title} buttons={back}>
      <Loaded of={one}>{data => <Editor key={data.rev} kind={kind} before={data} />}</Loaded>
    </Page>
  )
}

function Editor({ kind, before }: { readonly kind: Kind; readonly before: One | undefined }) {
  const [value, setValue] = useState<Fields>(() =>
    before?.aside ? fitting(kind.schema, before.value) : (before?.value ?? initialFields(kind.schema)),
  )
  const [, go] = useLocation()
  const act = useAct()
  const refresh = useRefresh()
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const done = await act.run(async () => {
      const path = before ? `resources/${kind.kind}/${before.id}` : `resources/${kind.kind}`
      const body = before ? { value, rev: before.rev } : { value }
      const saved = await api<One & { change: number }>(before ? 'PUT' : 'POST', path, body)
      tellChange(t('undo.saved'), saved.change)
      if (!before) go(`/${kind.kind}/${saved.id}`, { replace: true })
    })
    if (done) await refresh(`resources/${kind.kind}`, 'changes', 'aside', 'problems')
  }
  // Until it is saved for the first time, what the box found wrong at its start is what has to be mended.
  const faults = Object.keys(act.faults).length > 0 ? act.faults : (before?.aside?.faults ?? {})
  const elsewhere = Object.entries(faults).filter(
    ([path]) => !(path.split('.')[0] ?? '').length || kind.schema.properties?.[path.split('.')[0] ?? ''] === undefined,
  )
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} maw={860}>
      <form onSubmit={save} noValidate>
        <Stack gap="lg">
          {!kind.manage && <Alert color="gray">{t('form.read-only')}</Alert>}
          {before?.aside && <Alert color="orange">{t('form.aside')}</Alert>}
          {Object.keys(faults).length > 0 && (
            <Alert color="red" role="alert" title={t('form.faults')}>
              {elsewhere.map(([path, text]) => (
                <Text key={path}>{sentence(`${path} ${text}`.trim())}</Text>
              ))}
            </Alert>
          )}
          <GroupFields
            node={kind.schema}
            path=""
            value={value}
            form={{ faults, secrets: before?.secrets ?? [], readOnly: !kind.manage }}
            change={setValue}
          />
          {kind.manage && (
            <Group justify="space-between">
              <Button type="submit" loading={act.busy}>
                {t('form.save')}
              </Button>
              {before && <Deletion kind={kind} before={before} />}
            </Group>
          )}
        </Stack>
      </form>
      {before && before.uses.length > 0 && (
        <Stack gap={4} mt="lg">
          <Text fw={600}>{t('form.uses')}</Text>
          <Uses uses={before.uses} />
        </Stack>
      )}
    </Paper>
  )
}

function Uses({ uses }: { readonly uses: readonly Use[] }) {
  const { described } = useBox()
  const titles = new Map(kindsOf(described).map(kind => [kind.kind, kind.title[0]]))
  const distinct = [...new Map(uses.map(use => [`${use.kind} ${use.id}`, use])).values()]
  return (
    <List>
      {distinct.map(use => (
        <List.Item key={use.id}>
          {titles.has(use.kind) ? (
            <Anchor component={Link} href={`/${use.kind}/${use.id}`}>
              {titles.get(use.kind)} {use.label}
            </Anchor>
          ) : (
            `${use.kind} ${use.label}`
          )}
        </List.Item>
      ))}
    </List>
  )
}

function Deletion({ kind, before }: { readonly kind: Kind; readonly before: One }) {
  const [open, { open: show, close }] = useDisclosure(false)
  const [uses, setUses] = useState<readonly Use[]>()
  const [, go] = useLocation()
  const act = useAct()
  const label = String(before.value[kind.label] ?? '')
  const remove = () =>
    act.run(async () => {
      try {
        const { change } = await api<{ change: number }>(
          'DELETE',
          `resources/${kind.kind}/${before.id}?rev=${before.rev}`,
        )
        tellChange(t('undo.deleted'), change)
        go(`/${kind.kind}`)
      } catch (error) {
        if (!(error instanceof ApiError) || error.code !== 'store.in-use') throw error
        setUses(error.uses)
      }
    })
  return (
    <>
      <Button variant="light" color="red" onClick={show}>
        {t('form.delete')}
      </Button>
      <Modal
        opened={open}
        onClose={close}
        title={t('form.delete.sure', { what: kind.title[0].toLowerCase(), label })}
        closeButtonProps={{ 'aria-label': t('form.close') }}
      >
        <Stack>
          {uses && (
            <Alert color="red" role="alert" title={t('form.in-use', { label })}>
              <Uses uses={uses} />
            </Alert>
          )}
          <Group justify="flex-end">
            <Button variant="default" onClick={close} data-autofocus>
              {t('form.cancel')}
            </Button>
            {!uses && (
              <Button color="red" loading={act.busy} onClick={() => void remove()}>
                {t('form.delete')}
              </Button>
            )}
          </Group>
        </Stack>
      </Modal>
    </>
  )
}
