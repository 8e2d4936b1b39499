// What is wrong with the box and what to do about it, and how the machine feels.

import { Alert, Anchor, Badge, Group, Paper, Progress, SimpleGrid, Stack, Text, Title } from '@mantine/core'
import { Link } from 'wouter'
import { useGet } from '../kit/box.tsx'
import { AMBER, BLUE, ORANGE, RED } from '../kit/colors.ts'
import { Icon } from '../kit/icon.tsx'
import { Loaded, Page } from '../kit/page.tsx'
import { bytes, t, when } from '../kit/words.ts'

export interface Problem {
  readonly code: string
  readonly severity: 'info' | 'warning' | 'serious' | 'danger'
  readonly text: string
  readonly remedy: string
  readonly since?: number
  readonly link?: string
}
export interface Problems {
  /** All there are; the gravest of them are here. */
  readonly total: number
  readonly problems: readonly Problem[]
}
interface Health {
  readonly now: number
  readonly clockTrusted: boolean
  readonly loop: { readonly longestMilliseconds: number }
  readonly machine: {
    readonly load: number
    readonly cores: number
    readonly memory: { readonly totalBytes: number; readonly availableBytes: number }
    readonly disks: readonly { readonly mount: string; readonly totalBytes: number; readonly usedBytes: number }[]
    readonly celsius?: number
    readonly uptimeSeconds: number
  } | null
}

const WORST_FIRST = ['danger', 'serious', 'warning', 'info']
const COLORS = { danger: RED, serious: ORANGE, warning: AMBER, info: BLUE } as const

export default function HealthPage() {
  const problems = useGet<Problems>('problems', { live: ['problems.', 'document.', 'board.'], everySeconds: 30 })
  const health = useGet<Health>('health', { everySeconds: 15 })
  return (
    <Page title={t('shell.health')}>
      <Loaded of={problems}>{data => <ProblemList {...data} />}</Loaded>
      <Title order={2} size="h3">
        {t('health.machine')}
      </Title>
      <Loaded of={health}>{data => <Machine {...data} />}</Loaded>
    </Page>
  )
}

function ProblemList({ problems, total }: Problems) {
  const sorted = [...problems].sort((a, b) => WORST_FIRST.indexOf(a.severity) - WORST_FIRST.indexOf(b.severity))
  if (problems.length === 0) {
    return (
      <Alert color="teal" icon={<Icon name="ok" />} title={t('health.none')}>
        {t('health.none.more')}
      </Alert>
    )
  }
  return (
    <Stack gap="sm" component="section" aria-label={t('health.problems')}>
      {sorted.map(problem => (
        <ProblemCard key={problem.code} {...problem} />
      ))}
      {total > problems.length && <Text c="dimmed">{t('health.unseen', { count: total - problems.length })}</Text>}
    </Stack>
  )
}

function ProblemCard(problem: Problem) {
  const color = COLORS[problem.severity]
  return (
    <Paper withBorder p="md" style={{ borderInlineStart: `6px solid ${color}` }}>
      <Group justify="space-between" align="flex-start">
        <Stack gap={4} flex="1 1 320px">
          <Group gap="sm">
            <Badge color={color} variant="filled" radius="sm" size="lg">
              {t(`severity.${problem.severity}`)}
            </Badge>
            {problem.since !== undefined && (
              <Text size="sm" c="dimmed">
                {t('health.since', { when: when(problem.since) })}
              </Text>
            )}
          </Group>
          <Text fw={600}>{problem.text}</Text>
          <Text>{problem.remedy}</Text>
        </Stack>
        {problem.link !== undefined && (
          <Anchor component={Link} href={problem.link} fw={600}>
            {t('health.mend')}
          </Anchor>
        )}
      </Group>
    </Paper>
  )
}

function Machine({ machine, loop, clockTrusted, now }: Health) {
  if (!machine) return <Text c="dimmed">{t('health.measuring')}</Text>
  const used = machine.memory.totalBytes - machine.memory.availableBytes
  return (
    <SimpleGrid cols={{ base: 1, xs: 2, lg: 4 }}>
      <Figure label={t('health.load')} value={`${Math.round(machine.load * 100)} %`} part={machine.load} />
      <Figure
        label={t('health.memory')}
        value={`${bytes(used)} / ${bytes(machine.memory.totalBytes)}`}
        part={used / machine.memory.totalBytes}
      />
      {machine.disks.map(disk => (
        <Figure
          key={disk.mount}
          label={t('health.disk', { mount: disk.mount })}
          value={`${bytes(disk.usedBytes)} / ${bytes(disk.totalBytes)}`}
          part={disk.usedBytes / disk.totalBytes}
        />
      ))}
      {machine.celsius !== undefined && (
        <Figure label={t('health.heat')} value={`${Math.round(machine.celsius)} °C`} part={machine.celsius / 100} />
      )}
      <Figure label={t('health.uptime')} value={uptime(machine.uptimeSeconds)} />
      <Figure
        label={t('health.clock')}
        value={`${new Date(now).toLocaleTimeString()}, ${t(clockTrusted ? 'health.clock.trusted' : 'health.clock.untrusted')}`}
      />
      <Figure label={t('health.loop')} value={`${Math.round(loop.longestMilliseconds)} ms`} />
    </SimpleGrid>
  )
}

function Figure(props: { label: string; value: string; part?: number }) {
  const { label, value, part } = props
  const color = part === undefined || part < 0.75 ? 'teal' : part < 0.9 ? 'orange' : 'red'
  return (
    <Paper withBorder p="md">
      <Text c="dimmed">{label}</Text>
      <Text size="xl" fw={650}>
        {value}
      </Text>
      {part !== undefined && <Progress value={Math.round(part * 100)} color={color} mt="xs" aria-label={label} />}
    </Paper>
  )
}

function uptime(seconds: number): string {
  if (seconds >= 172_800) return t('time.days', { count: Math.floor(seconds / 86_400) })
  if (seconds >= 7_200) return t('time.hours', { count: Math.floor(seconds / 3_600) })
  return t('time.minutes', { count: Math.floor(seconds / 60) })
}
