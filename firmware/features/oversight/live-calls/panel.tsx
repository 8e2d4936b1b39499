// The page of live calls: who talks to whom now, for how long, and ending one.

import { useAct } from '@kit/act.ts'
import { api } from '@kit/api.ts'
import { useGet, useRoute } from '@kit/box.tsx'
import { RED } from '@kit/colors.ts'
import { Loaded, Page } from '@kit/page.tsx'
import { Seal } from '@kit/seal.tsx'
import { useNow } from '@kit/use-now.ts'
import { span, t, titleOf } from '@kit/words.ts'
import { Badge, Button, Group, Paper, Stack, Text } from '@mantine/core'
import { useState } from 'react'

interface Leg {
  readonly id: string
  readonly number: string
  readonly name: string
  readonly direction: 'in' | 'out'
  readonly state: 'early' | 'established' | 'ended'
  /** Suite of the speech between box and phone. */
  readonly encryption?: string
  /** Of the signalling; absent where it is not known. */
  readonly transport?: 'udp' | 'tcp' | 'tls'
}
interface LiveCall {
  readonly id: string
  readonly from: { readonly number: string; readonly name: string }
  readonly dialled: string
  readonly emergency: boolean
  /** Since it began, when the answer was given. */
  readonly seconds: number
  readonly legs: readonly Leg[]
}

export default function LiveCalls() {
  const live = useGet<{ calls: readonly LiveCall[] }>('calls/live', { live: ['call.'], everySeconds: 15 })
  return (
    <Page title={titleOf('live-calls')}>
      <Loaded of={live}>
        {({ calls }) =>
          calls.length === 0 ? (
            <Text>{t('live-calls.none')}</Text>
          ) : (
            <Stack gap="sm" role="list" aria-label={titleOf('live-calls')}>
              {calls.map(call => (
                <Card key={call.id} call={call} asOf={live.dataUpdatedAt} />
              ))}
            </Stack>
          )
        }
      </Loaded>
    </Page>
  )
}

function Card({ call, asOf }: { readonly call: LiveCall; readonly asOf: number }) {
  const now = useNow(1)
  const talking = call.legs.filter(leg => leg.state === 'established').length > 1
  const others = call.legs.filter(leg => leg.direction === 'out')
  return (
    <Paper withBorder p="md" role="listitem">
      <Group justify="space-between">
        <Stack gap={4} style={{ minWidth: 0 }}>
          <Group gap="sm">
            {call.emergency && (
              <Badge color={RED} variant="filled" size="lg" radius="sm">
                {t('live-calls.emergency')}
              </Badge>
            )}
            <Text fw={650} size="lg">
              {party(call.from)} → {call.dialled}
            </Text>
          </Group>
          <Text>
            {t(talking ? 'live-calls.talking' : 'live-calls.on-the-way')} ·{' '}
            {span(call.seconds + Math.max(0, now - asOf) / 1_000)}
          </Text>
          {others.map(leg => (
            <Text key={leg.id} c="dimmed">
              {party(leg)} · {t(`live-calls.leg.${leg.state}`)}
            </Text>
          ))}
          {call.legs
            .filter(leg => leg.state === 'established')
            .map(leg => (
              <Text key={`seal ${leg.id}`} c="dimmed">
                <Seal closed={leg.encryption !== undefined} />
                {sealOf(leg)}
                {leg.transport && ` · ${t('live-calls.by', { transport: leg.transport.toUpperCase() })}`}
              </Text>
            ))}
        </Stack>
        {!call.emergency && <HangUp call={call.id} />}
      </Group>
    </Paper>
  )
}

function HangUp({ call }: { readonly call: string }) {
  const may = useRoute('calls/hang-up')
  const [sure, setSure] = useState(false)
  const act = useAct()
  if (!may) return null
  if (!sure) {
    return (
      <Button variant="default" onClick={() => setSure(true)}>
        {t('live-calls.end')}
      </Button>
    )
  }
  return (
    <Group gap="xs">
      <Button color="red" loading={act.busy} onClick={() => void act.run(() => api('POST', 'calls/hang-up', { call }))}>
        {t('live-calls.end-sure')}
      </Button>
      <Button variant="default" onClick={() => setSure(false)}>
        {t('form.cancel')}
      </Button>
    </Group>
  )
}

const sealOf = (leg: Leg): string =>
  leg.encryption === undefined
    ? `${party(leg)}: ${t('live-calls.clear')}`
    : `${party(leg)}: ${t('live-calls.encrypted', { suite: leg.encryption })}`

const party = ({ number, name }: { number: string; name: string }): string =>
  name === '' || name === number ? number : `${name} (${number})`
