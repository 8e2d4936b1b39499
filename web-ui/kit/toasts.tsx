// Short words after something was done, with the way back where there is one.
import { Button, Group, Text } from '@mantine/core'
import { notifications } from '@mantine/notifications'
import { api, textOf } from './api.ts'
import { t } from './words.ts'

/** Says that a change was made and offers to take it back. */
export function tellChange(text: string, change: number): void {
  const id = `change-${change}`
  const undo = async () => {
    notifications.hide(id)
    try {
      await api('POST', `changes/${change}/undo`, {})
      tell(t('undo.done'))
    } catch (error) {
      tellFault(error)
    }
  }
  notifications.show({
    id,
    color: 'teal',
    autoClose: 12_000,
    message: (
      <Group justify="space-between" wrap="nowrap">
        <Text>{text}</Text>
        <Button variant="default" onClick={() => void undo()}>
          {t('undo.go')}
        </Button>
      </Group>
    ),
  })
}

export const tell = (message: string): void => void notifications.show({ color: 'teal', message })

export const tellFault = (error: unknown): void =>
  void notifications.show({ color: 'red', title: t('error.title'), message: textOf(error), autoClose: 15_000 })
