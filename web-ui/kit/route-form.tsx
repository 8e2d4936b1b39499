// The form of one verb of the box, drawn from the schema of its input.
import { Button, Paper, Stack, Title } from '@mantine/core'
import { type FormEvent, useState } from 'react'
import { useAct } from './act.ts'
import { api } from './api.ts'
import { useRefresh } from './box.tsx'
import { GroupFields } from './fields.tsx'
import { type Fields, initialFields, type Node } from './schema.ts'

interface RouteFormProps {
  readonly path: string
  readonly schema: Node
  readonly title?: string
  /** What the button says. */
  readonly go: string
  /** What is fetched anew once it was done. */
  readonly refreshes: string
}

export function RouteForm({ path, schema, title, go, refreshes }: RouteFormProps) {
  const [value, setValue] = useState<Fields>(() => initialFields(schema))
  const act = useAct()
  const refresh = useRefresh()
  const send = async (event: FormEvent) => {
    event.preventDefault()
    if (await act.run(() => api('POST', path, value))) await refresh(refreshes)
  }
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} maw={860}>
      <form onSubmit={send} noValidate>
        <Stack gap="md">
          {title !== undefined && (
            <Title order={2} size="h3">
              {title}
            </Title>
          )}
          <GroupFields
            node={schema}
            path=""
            value={value}
            form={{ faults: act.faults, secrets: [], readOnly: false }}
            change={setValue}
          />
          <Button type="submit" loading={act.busy} style={{ alignSelf: 'flex-start' }}>
            {go}
          </Button>
        </Stack>
      </form>
    </Paper>
  )
}
