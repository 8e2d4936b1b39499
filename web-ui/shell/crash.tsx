// A page that fails does not take the banner and the menu with it.
import { Alert, Button, Stack } from '@mantine/core'
import { Component, type ReactNode } from 'react'
import { t } from '../kit/words.ts'

export class Crash extends Component<{ readonly children: ReactNode }, { failed: string | undefined }> {
  override state: { failed: string | undefined } = { failed: undefined }

  static getDerivedStateFromError(error: unknown): { failed: string } {
    return { failed: error instanceof Error ? error.message : String(error) }
  }

  override render(): ReactNode {
    if (this.state.failed === undefined) return this.props.children
    return (
      <Alert color="red" title={t('shell.crashed')}>
        <Stack align="flex-start" gap="sm">
          {t('shell.crashed.remedy')}
          <code>{this.state.failed}</code>
          <Button variant="light" color="red" onClick={() => window.location.reload()}>
            {t('shell.reload')}
          </Button>
        </Stack>
      </Alert>
    )
  }
}
