// The map of a live alarm: where it was pressed, and in which zones it is heard. A map that fails hides nothing else.
import { Button, Modal, SegmentedControl, Stack, Text } from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { useState } from 'react'
import type { LiveAlarm } from './alarms.ts'
import { useGet, useRoute } from './box.tsx'
import { useNow } from './use-now.ts'
import { t } from './words.ts'

/** How often it is asked for anew, seconds: what was heard where changes all the time. */
const ANEW = 5
const PLANT = ''

/** The map of the plant, and each floor plan on which somebody pressed. */
export function AlarmMap({ alarm }: { readonly alarm: LiveAlarm }) {
  const may = useRoute('maps/alarm')
  const { data } = useGet<{ maps: readonly { location: string; name: string }[] }>(`maps/of-alarm?alarm=${alarm.id}`, {
    live: ['alarm.joined', 'document.changed'],
    enabled: may,
  })
  const [chosen, choose] = useState<string>()
  if (!may) return null
  const plans = data?.maps ?? []
  // With one plan, all of it is there; with more, the map of the plant shows every press.
  const shown = chosen ?? (plans.length === 1 ? plans[0]?.location : undefined) ?? PLANT
  const choices = [
    { value: PLANT, label: t('map.plant') },
    ...plans.map(one => ({ value: one.location, label: one.name })),
  ]
  return (
    <Stack gap="xs" mt="md">
      {plans.length > 0 && (
        <SegmentedControl aria-label={t('map.alarm')} data={choices} value={shown} onChange={choose} w="fit-content" />
      )}
      <Picture key={shown} alarm={alarm} location={shown} />
    </Stack>
  )
}

function Picture({ alarm, location }: { readonly alarm: LiveAlarm; readonly location: string }) {
  const now = useNow(ANEW)
  const [failed, setFailed] = useState(false)
  const asked = new URLSearchParams({ alarm: alarm.id, at: `${now} ${alarm.presses.length} ${alarm.state}` })
  if (location !== PLANT) asked.set('location', location)
  return (
    <>
      {failed && <Text>{t('map.failed')}</Text>}
      <img
        src={`/api/maps/alarm?${asked.toString()}`}
        alt={t('map.of-alarm', { alarm: alarm.plan.name })}
        style={{ maxWidth: '100%', height: 'auto', display: failed ? 'none' : 'block' }}
        onError={() => setFailed(true)}
        onLoad={() => setFailed(false)}
      />
    </>
  )
}

/** For the banner: the map over whatever page is open. */
export function AlarmMapButton({ alarm }: { readonly alarm: LiveAlarm }) {
  const may = useRoute('maps/alarm')
  const [open, { open: show, close }] = useDisclosure(false)
  if (!may) return null
  return (
    <>
      <Button variant="white" color="dark" onClick={show}>
        {t('map.alarm')}
      </Button>
      <Modal
        opened={open}
        onClose={close}
        title={alarm.plan.name}
        size="80rem"
        closeButtonProps={{ 'aria-label': t('form.close') }}
      >
        <AlarmMap alarm={alarm} />
      </Modal>
    </>
  )
}
