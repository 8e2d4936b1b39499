// A secret: written once, never shown again.
import { Button, PasswordInput, Stack } from '@mantine/core'
import { commonOf, type FieldProps } from './fields.tsx'
import { t } from './words.ts'

export function SecretField(props: FieldProps) {
  const { path, value, form, change } = props
  const common = commonOf(props)
  const set = form.secrets.includes(path)
  const cleared = value === null
  return (
    <Stack gap={4}>
      <PasswordInput
        {...common}
        autoComplete="new-password"
        placeholder={cleared ? t('form.secret.cleared') : set ? t('form.secret.set') : ''}
        value={typeof value === 'string' ? value : ''}
        onChange={event => change(event.currentTarget.value === '' ? undefined : event.currentTarget.value)}
      />
      {set && !form.readOnly && (
        <Button
          variant="subtle"
          size="compact-sm"
          style={{ alignSelf: 'flex-start' }}
          onClick={() => change(cleared ? undefined : null)}
        >
          {cleared ? t('form.secret.keep') : t('form.secret.clear')}
        </Button>
      )}
    </Stack>
  )
}
