// The key of a button that sends web requests: made by one click, shown this once.
import { useAct } from '@kit/act.ts'
import { api } from '@kit/api.ts'
import { useRefresh, useRoute } from '@kit/box.tsx'
import { t } from '@kit/words.ts'
import { Button, Code, Modal, Stack, Text } from '@mantine/core'
import { useState } from 'react'

interface Made {
  readonly key: string
  readonly path: string
}

export function MakeKey({ button }: { readonly button: { id: string; name: string; hasKey: boolean } }) {
  const may = useRoute('panic-buttons/key')
  const act = useAct()
  const refresh = useRefresh()
  const [made, setMade] = useState<Made>()
  if (!may) return null
  const make = async () => {
    const done = await act.run(async () =>
      setMade((await api('POST', 'panic-buttons/key', { button: button.id })) as Made),
    )
    if (done) await refresh('panic-buttons/')
  }
  return (
    <>
      <Button
        size="compact-sm"
        variant={button.hasKey ? 'default' : 'filled'}
        loading={act.busy}
        onClick={() => void make()}
      >
        {t(button.hasKey ? 'panic-buttons.key.new' : 'panic-buttons.key.make')}
      </Button>
      <Modal
        opened={made !== undefined}
        onClose={() => setMade(undefined)}
        title={t('panic-buttons.key.title', { button: button.name })}
        size="xl"
        closeButtonProps={{ 'aria-label': t('form.close') }}
      >
        {made && (
          <Stack gap="sm">
            <Text fw={650}>{t('panic-buttons.key.once')}</Text>
            <Text>{t('panic-buttons.key.address')}</Text>
            <Code block>{`${window.location.origin}${made.path}`}</Code>
            <Text>{t('panic-buttons.key.key')}</Text>
            <Code block>{made.key}</Code>
          </Stack>
        )}
      </Modal>
    </>
  )
}
