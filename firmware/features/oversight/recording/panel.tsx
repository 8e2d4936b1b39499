// The page of recordings: finding one, hearing it piece by piece, deleting it.

import { useAct } from '@kit/act.ts'
import { api } from '@kit/api.ts'
import { useRefresh, useRoute } from '@kit/box.tsx'
import { HistoryTable } from '@kit/history.tsx'
import { Page } from '@kit/page.tsx'
import type { Column } from '@kit/table.tsx'
import { span, t, titleOf, when } from '@kit/words.ts'
import { Button, Group } from '@mantine/core'
import { useEffect, useState } from 'react'
import { LONGEST_PIECE } from './settings.ts'

interface Recording {
  readonly id: string
  readonly began_at: number
  readonly caller: string
  readonly callee: string
  readonly seconds: number | null
  readonly rule: string
  readonly error: string | null
}
interface Piece {
  readonly wav: string
  readonly from: number
  readonly totalSeconds: number
}
interface Heard {
  readonly url: string
  readonly from: number
  readonly totalSeconds: number
}

const COLUMNS: readonly Column<Recording>[] = [
  { key: 'at', title: t('recording.at'), text: one => when(Number(one.began_at)) },
  { key: 'caller', title: t('recording.caller'), text: one => one.caller },
  { key: 'callee', title: t('recording.callee'), text: one => one.callee },
  {
    key: 'length',
    title: t('recording.length'),
    text: one => (one.seconds === null ? t('recording.open') : span(one.seconds)),
  },
  { key: 'rule', title: t('recording.rule'), text: one => one.rule },
  {
    key: 'sound',
    title: t('recording.sound'),
    draw: one => (one.error === null ? <Sound one={one} /> : t('recording.failed', { why: one.error })),
  },
]

export default function Recordings() {
  return (
    <Page title={titleOf('recording')}>
      <HistoryTable
        path="recording/list"
        rows="recordings"
        live={['recording.']}
        label={titleOf('recording')}
        columns={COLUMNS}
        keyOf={one => one.id}
        none={t('recording.none')}
        minWidth={860}
      />
    </Page>
  )
}

function Sound({ one }: { readonly one: Recording }) {
  const mayListen = useRoute('recording/listen')
  const mayDelete = useRoute('recording/delete')
  const [heard, setHeard] = useState<Heard>()
  const act = useAct()
  useEffect(() => () => (heard ? URL.revokeObjectURL(heard.url) : undefined), [heard])
  const listen = (from: number) =>
    act.run(async () => {
      const query = new URLSearchParams({ recording: one.id, from: String(from) })
      const piece = await api<Piece>('GET', `recording/listen?${query.toString()}`)
      const bytes = Uint8Array.from(atob(piece.wav), letter => letter.charCodeAt(0))
      const url = URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' }))
      setHeard({ url, from, totalSeconds: piece.totalSeconds })
    })
  const next = heard ? heard.from + LONGEST_PIECE : 0
  return (
    <Group gap="xs" wrap="nowrap">
      {/* biome-ignore lint/a11y/useMediaCaption: nobody has written down what was said */}
      {heard && <audio controls autoPlay src={heard.url} aria-label={t('recording.sound')} />}
      {mayListen && !heard && (
        <Button variant="default" loading={act.busy} onClick={() => void listen(0)}>
          {t('recording.play')}
        </Button>
      )}
      {heard && next < heard.totalSeconds && (
        <Button variant="default" loading={act.busy} onClick={() => void listen(next)}>
          {t('recording.next', { from: span(next) })}
        </Button>
      )}
      {mayDelete && <Delete recording={one.id} />}
    </Group>
  )
}

function Delete({ recording }: { readonly recording: string }) {
  const [sure, setSure] = useState(false)
  const act = useAct()
  const refresh = useRefresh()
  const remove = async () => {
    if (await act.run(() => api('POST', 'recording/delete', { recording }))) await refresh('recording/')
  }
  if (!sure)
    return (
      <Button variant="default" onClick={() => setSure(true)}>
        {t('recording.remove')}
      </Button>
    )
  return (
    <Button color="red" loading={act.busy} onClick={() => void remove()}>
      {t('recording.remove-sure')}
    </Button>
  )
}
