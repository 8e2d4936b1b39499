// Emergency calls of this moment, for the banner of every page and the page of emergency calls.
import { Button } from '@mantine/core'
import { useAct } from './act.ts'
import { api } from './api.ts'
import { useGet, useRefresh, useRoute } from './box.tsx'
import { t, when } from './words.ts'

export interface LiveEmergency {
  readonly call: string
  readonly dialled: string
  readonly caller: string
  readonly callBack: string
  readonly place: string
  readonly address: string
  readonly at: number
  readonly answeredBy?: string
  readonly acknowledged?: { readonly at: number; readonly by: string }
  /** It ended before anybody answered. */
  readonly endedAt?: number
}

export function useLiveEmergencies(): readonly LiveEmergency[] {
  const enabled = useRoute('emergency-calls/live')
  const { data } = useGet<{ calls: readonly LiveEmergency[] }>('emergency-calls/live', {
    live: ['emergency-call.'],
    enabled,
    everySeconds: 10,
  })
  return data?.calls ?? []
}

/** Who answered, who takes care, or that nobody has. */
export function stateOfEmergency({ answeredBy, acknowledged, endedAt, callBack }: LiveEmergency): string {
  const answer =
    answeredBy !== undefined
      ? t('live.answered', { who: answeredBy })
      : endedAt === undefined
        ? t('live.unanswered')
        : t('live.hung-up', { when: when(endedAt), callBack })
  if (acknowledged === undefined) return answer
  return `${answer} ${t('live.care', { who: acknowledged.by, when: when(acknowledged.at) })}`
}

/** The button of whoever takes care; nothing for those who may not, and once somebody does. */
export function AcknowledgeEmergency({ call, on }: { readonly call: LiveEmergency; readonly on: 'banner' | 'page' }) {
  const may = useRoute('emergency-calls/acknowledge')
  const act = useAct()
  const refresh = useRefresh()
  if (!may || call.acknowledged !== undefined) return null
  const acknowledge = async () => {
    if (await act.run(() => api('POST', 'emergency-calls/acknowledge', { call: call.call })))
      await refresh('emergency-calls/')
  }
  return (
    <Button
      {...(on === 'banner' ? { variant: 'white', color: 'dark' } : {})}
      loading={act.busy}
      onClick={() => void acknowledge()}
    >
      {t('live.take-care')}
    </Button>
  )
}
