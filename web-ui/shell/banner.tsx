// What nobody may overlook, on every page: live alarms and emergency calls, with acknowledging one click away.
import { Button, Group, Text } from '@mantine/core'
import { type ReactNode, useEffect, useRef } from 'react'
import { Link } from 'wouter'
import { useAct } from '../kit/act.ts'
import { AlarmMapButton } from '../kit/alarm-map.tsx'
import { type LiveAlarm, placesOf, useLiveAlarms } from '../kit/alarms.ts'
import { api } from '../kit/api.ts'
import { useRefresh, useRoute } from '../kit/box.tsx'
import { AcknowledgeEmergency, type LiveEmergency, stateOfEmergency, useLiveEmergencies } from '../kit/emergencies.tsx'
import { Icon } from '../kit/icon.tsx'
import { t, when } from '../kit/words.ts'

/**
 * Stands above everything and before everything else in the document, so that keyboard and screen reader meet it first.
 * Its height is kept in `--banner`, and the rest of the page moves below it.
 */
export function Banner() {
  const alarms = useLiveAlarms()
  const calls = useLiveEmergencies()
  const place = useRef<HTMLElement>(null)
  useEffect(() => {
    const element = place.current
    if (!element) return
    const { style } = document.documentElement
    const measure = new ResizeObserver(() => style.setProperty('--banner', `${element.offsetHeight}px`))
    measure.observe(element)
    return () => {
      measure.disconnect()
      style.removeProperty('--banner')
    }
  }, [])
  return (
    <section ref={place} className="banners" aria-label={t('live.now')}>
      <div role="alert" aria-live="assertive" aria-atomic="false">
        {calls.map(call => (
          <EmergencyLine key={call.call} call={call} />
        ))}
        {alarms.map(alarm => (
          <AlarmLine key={alarm.id} alarm={alarm} />
        ))}
      </div>
    </section>
  )
}

function AlarmLine({ alarm }: { readonly alarm: LiveAlarm }) {
  const may = useRoute('alarms/acknowledge')
  const act = useAct()
  const refresh = useRefresh()
  const acknowledge = async () => {
    if (await act.run(() => api('POST', 'alarms/acknowledge', { alarm: alarm.id }))) await refresh('alarms/')
  }
  const { acknowledged } = alarm
  return (
    <Line
      calm={alarm.state === 'acknowledged'}
      drill={alarm.drill}
      title={`${t(alarm.drill ? 'live.drill' : 'live.alarm')}: ${alarm.plan.name}`}
      text={placesOf(alarm)
        .map(({ cause, at }) => `${cause} · ${when(at)}`)
        .join('\n')}
      state={acknowledged && `${t('live.acknowledged', { who: acknowledged.who.name })}, ${when(acknowledged.at)}`}
      link="/alarms"
    >
      {may && alarm.state === 'raised' && (
        <Button variant="white" color="dark" loading={act.busy} onClick={() => void acknowledge()}>
          {t('live.acknowledge')}
        </Button>
      )}
      <AlarmMapButton alarm={alarm} />
    </Line>
  )
}

function EmergencyLine({ call }: { readonly call: LiveEmergency }) {
  return (
    <Line
      calm={call.answeredBy !== undefined || call.acknowledged !== undefined}
      drill={false}
      title={`${t('live.emergency')}: ${call.dialled}`}
      text={[call.caller, call.place, call.address, when(call.at)].filter(Boolean).join(' · ')}
      state={stateOfEmergency(call)}
      link="/emergency-calls"
    >
      <AcknowledgeEmergency call={call} on="banner" />
    </Line>
  )
}

interface LineProps {
  readonly calm: boolean
  readonly drill: boolean
  readonly title: string
  readonly text: string
  readonly state: string | undefined
  readonly link: string
  readonly children: ReactNode
}

function Line({ calm, drill, title, text, state, link, children }: LineProps) {
  return (
    <div className="banner" {...(calm ? { 'data-calm': true } : {})} {...(drill ? { 'data-drill': true } : {})}>
      <Group justify="space-between" gap="xs">
        <Group gap="sm" wrap="nowrap" flex="1 1 260px" style={{ minWidth: 0 }}>
          <Icon name="warning" size={30} />
          <div>
            <Text fw={700} size="lg">
              {title}
            </Text>
            <Text style={{ whiteSpace: 'pre-line' }}>{text}</Text>
            {state && <Text fw={600}>{state}</Text>}
          </div>
        </Group>
        <Group gap="md">
          {children}
          <Link href={link}>{t('live.open')}</Link>
        </Group>
      </Group>
    </div>
  )
}
