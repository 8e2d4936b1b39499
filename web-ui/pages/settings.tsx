// Settings of features, each a form drawn from its schema.
import { Alert, Button, NavLink, Paper, Stack, Text, Title } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { Link, useParams } from 'wouter'
import { useAct } from '../kit/act.ts'
import { api } from '../kit/api.ts'
import { type FeatureView, useBox, useGet, useRefresh } from '../kit/box.tsx'
import { GroupFields } from '../kit/fields.tsx'
import { Loaded, Page } from '../kit/page.tsx'
import type { Fields, Node } from '../kit/schema.ts'
import { tellChange } from '../kit/toasts.tsx'
import { sentence, t, titleOf } from '../kit/words.ts'

interface Held {
  readonly value: Fields
  readonly secrets: readonly string[]
}
type WithSettings = FeatureView & { readonly settings: Node }

export default function Settings() {
  const { described } = useBox()
  const { feature: wanted } = useParams<{ feature?: string }>()
  const features = described.features.filter((one): one is WithSettings => one.settings !== undefined)
  const chosen = features.find(one => one.name === wanted) ?? features[0]
  return (
    <Page title={t('settings.title')}>
      {!chosen && <Text>{t('settings.none')}</Text>}
      {chosen && (
        <Stack gap="lg">
          <Paper
            withBorder
            p="xs"
            component="nav"
            aria-label={t('settings.title')}
            style={{ display: 'flex', flexWrap: 'wrap' }}
          >
            {features.map(one => (
              <NavLink
                key={one.name}
                component={Link}
                href={`/settings/${one.name}`}
                label={titleOf(one.name)}
                active={one === chosen}
                w="auto"
                fz="md"
              />
            ))}
          </Paper>
          <Title order={2} size="h3">
            {titleOf(chosen.name)}
          </Title>
          <Text c="dimmed">{chosen.about}</Text>
          <One key={chosen.name} feature={chosen} />
        </Stack>
      )}
    </Page>
  )
}

function One({ feature }: { readonly feature: WithSettings }) {
  const held = useGet<Held>(`settings/${feature.name}`)
  return <Loaded of={held}>{data => <Editor key={JSON.stringify(data)} feature={feature} held={data} />}</Loaded>
}

function Editor({ feature, held }: { readonly feature: WithSettings; readonly held: Held }) {
  const [value, setValue] = useState<Fields>(held.value)
  const act = useAct()
  const refresh = useRefresh()
  const save = async (event: FormEvent) => {
    event.preventDefault()
    const done = await act.run(async () => {
      const { change } = await api<{ change: number }>('PUT', `settings/${feature.name}`, { value })
      tellChange(t('undo.saved'), change)
    })
    if (done) await refresh(`settings/${feature.name}`, 'changes')
  }
  const elsewhere = Object.entries(act.faults).filter(
    ([path]) => feature.settings.properties?.[path.split('.')[0] ?? ''] === undefined,
  )
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} maw={860}>
      <form onSubmit={save} noValidate>
        <Stack gap="lg">
          {elsewhere.length > 0 && (
            <Alert color="red" role="alert">
              {elsewhere.map(([path, text]) => (
                <Text key={path}>{sentence(`${path} ${text}`)}</Text>
              ))}
            </Alert>
          )}
          <GroupFields
            node={feature.settings}
            path=""
            value={value}
            form={{ faults: act.faults, secrets: held.secrets, readOnly: !feature.manage }}
            change={setValue}
          />
          {feature.manage && (
            <Button type="submit" loading={act.busy} style={{ alignSelf: 'flex-start' }}>
              {t('form.save')}
            </Button>
          )}
        </Stack>
      </form>
    </Paper>
  )
}
