// The board on the screen: strobes, relays and lamps as they are now, and the buttons of a simulated board.

import { useAct } from '@kit/act.ts'
import { api } from '@kit/api.ts'
import { useGet, useRefresh, useRoute } from '@kit/box.tsx'
import { GRAY, ORANGE, ORANGE_TEXT, RED, TEAL } from '@kit/colors.ts'
import { Loaded, Page } from '@kit/page.tsx'
import { sentence, t, titleOf } from '@kit/words.ts'
import { Alert, Badge, Button, Group, Paper, SimpleGrid, Stack, Text, Title } from '@mantine/core'

interface InputView {
  readonly id: string
  readonly label: string
  readonly wiring: 'normally-closed' | 'two-contacts' | 'resistor' | 'module'
  readonly state: 'rest' | 'pressed' | 'fault' | 'unknown'
  readonly fault?: string
  readonly operations: readonly string[]
}
interface OutputView {
  readonly id: string
  readonly label: string
  readonly use: 'strobe' | 'relay' | 'lamp'
  readonly on: boolean
  readonly owner?: string
  readonly fault?: string
}
interface BoardView {
  readonly connected: boolean
  readonly simulated: boolean
  readonly inputs: readonly InputView[]
  readonly outputs: readonly OutputView[]
  readonly amplifiers: readonly { readonly id: string; readonly label: string }[]
}

const USES = ['strobe', 'relay', 'lamp'] as const
const LAMPS = { strobe: '#ff3b30', relay: '#12a5c4', lamp: '#f5b301' } as const
const STATES = { rest: TEAL, pressed: RED, fault: ORANGE, unknown: GRAY } as const

export default function Board() {
  const state = useGet<BoardView>('board/state', { live: ['board.'], everySeconds: 10 })
  return (
    <Page title={titleOf('board')}>
      <Loaded of={state}>
        {board => (
          <Stack gap="xl">
            {!board.connected && (
              <Alert color="red" title={t('board.away')}>
                {t('board.away.remedy')}
              </Alert>
            )}
            <Outputs board={board} />
            <Inputs board={board} />
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}

function Outputs({ board }: { readonly board: BoardView }) {
  return (
    <Stack gap="md" component="section" aria-label={t('board.outputs')}>
      {USES.filter(use => board.outputs.some(output => output.use === use)).map(use => (
        <div key={use}>
          <Title order={2} size="h4" mb="xs">
            {t(`board.use.${use}`)}
          </Title>
          <SimpleGrid cols={{ base: 2, sm: 4, lg: 4 }} spacing="sm">
            {board.outputs
              .filter(output => output.use === use)
              .map(output => (
                <Output key={output.id} output={output} />
              ))}
          </SimpleGrid>
        </div>
      ))}
    </Stack>
  )
}

function Output({ output }: { readonly output: OutputView }) {
  const lamp = {
    '--lamp': LAMPS[output.use],
    background: output.on ? 'var(--lamp)' : 'transparent',
  } as React.CSSProperties
  return (
    <Paper withBorder p="sm" data-output={output.id} data-on={output.on}>
      <Group gap="sm" wrap="nowrap">
        <span
          className={output.on ? 'lit' : ''}
          style={{ ...lamp, width: 22, height: 22, flex: 'none', borderRadius: '50%', border: '2px solid var(--lamp)' }}
        />
        <div style={{ minWidth: 0 }}>
          <Text fw={600}>{output.label}</Text>
          <Text size="sm">{output.on ? t('board.on') : t('board.off')}</Text>
          {output.fault !== undefined && (
            <Text size="sm" fw={600} c={ORANGE_TEXT}>
              {output.fault}
            </Text>
          )}
        </div>
      </Group>
    </Paper>
  )
}

function Inputs({ board }: { readonly board: BoardView }) {
  const may = useRoute('board/operate')
  return (
    <Stack gap="sm" component="section" aria-label={t('board.inputs')}>
      <Title order={2} size="h4">
        {t('board.inputs')}
      </Title>
      {board.simulated && <Text c="dimmed">{t('board.simulated')}</Text>}
      <SimpleGrid cols={{ base: 1, sm: 2, xl: 3 }} spacing="sm">
        {board.inputs.map(input => (
          <Input key={input.id} input={input} operable={board.simulated && may} />
        ))}
      </SimpleGrid>
    </Stack>
  )
}

function Input({ input, operable }: { readonly input: InputView; readonly operable: boolean }) {
  const act = useAct()
  const refresh = useRefresh()
  const operate = async (how: string) => {
    if (await act.run(() => api('POST', 'board/operate', { input: input.id, how }))) await refresh('board/')
  }
  return (
    <Paper withBorder p="md" data-input={input.id} data-state={input.state}>
      <Stack gap="xs">
        <Group justify="space-between" wrap="nowrap">
          <Text fw={600}>{input.label}</Text>
          <Badge size="lg" radius="sm" variant="filled" color={STATES[input.state]}>
            {input.fault ?? t(`board.state.${input.state}`)}
          </Badge>
        </Group>
        <Text size="sm" c="dimmed">
          {t(`board.wiring.${input.wiring}`)}
        </Text>
        {operable && (
          <Group gap="xs">
            {input.operations.map(how => (
              <Button
                key={how}
                size="sm"
                variant={how === 'press' ? 'filled' : 'default'}
                {...(how === 'press' ? { color: RED } : {})}
                disabled={act.busy}
                aria-label={`${sentence(t(`board.do.${how}`))}: ${input.label}`}
                onClick={() => void operate(how)}
              >
                {t(`board.do.${how}`)}
              </Button>
            ))}
          </Group>
        )}
      </Stack>
    </Paper>
  )
}
