// The page of messages: hearing what will be said, and giving a message the recording of a voice.

import { useAct } from '@kit/act.ts'
import { ApiError, api } from '@kit/api.ts'
import { useGet, useRefresh, useRoute } from '@kit/box.tsx'
import { Loaded, Page } from '@kit/page.tsx'
import { type Column, DataTable } from '@kit/table.tsx'
import { tell } from '@kit/toasts.tsx'
import { span, t, titleOf } from '@kit/words.ts'
import { Button, FileInput, Group, Modal, Paper, Stack, Text, TextInput, Title } from '@mantine/core'
import { type FormEvent, useEffect, useState } from 'react'
import { Link } from 'wouter'
import { LARGEST_RECORDING, type Message } from './settings.ts'

interface Row {
  readonly id: string
  readonly rev: number
  readonly value: Message
}
interface Listed {
  readonly total: number
  readonly items: readonly Row[]
}
interface Kept {
  readonly message: string
  readonly seconds: number
}

const STEP = 100
const MOST = 500

export default function Messages() {
  const [limit, setLimit] = useState(STEP)
  const list = useGet<Listed>(`resources/message?limit=${limit}`, { live: ['document.changed'] })
  return (
    <Page title={titleOf('messages')}>
      <New />
      <Loaded of={list}>
        {({ items, total }) =>
          total === 0 ? (
            <Text>{t('messages.none')}</Text>
          ) : (
            <>
              <DataTable
                label={titleOf('messages')}
                columns={COLUMNS}
                rows={items}
                keyOf={one => one.id}
                minWidth={860}
              />
              {items.length < total && limit < MOST && (
                <Button variant="default" onClick={() => setLimit(Math.min(MOST, limit + STEP))}>
                  {t('messages.more')}
                </Button>
              )}
            </>
          )
        }
      </Loaded>
    </Page>
  )
}

const COLUMNS: readonly Column<Row>[] = [
  {
    key: 'message',
    title: t('messages.message'),
    minWidth: 140,
    draw: ({ id, value }) => (
      <Link className="row-link" href={`/message/${id}`}>
        {value.name}
      </Link>
    ),
  },
  {
    key: 'said',
    title: t('messages.said'),
    text: ({ value }) => (value.recording === undefined ? (value.text ?? '') : t('messages.recorded')),
  },
  {
    key: 'sound',
    title: t('messages.sound'),
    draw: ({ id, rev, value }) => (
      <Group gap="xs" wrap="nowrap">
        {/* What was heard before a change is not what will be said after it. */}
        <Sound key={rev} message={id} />
        <Replace message={id} name={value.name} />
      </Group>
    ),
  },
]

function Sound({ message }: { readonly message: string }) {
  const may = useRoute('messages/listen')
  const [url, setUrl] = useState<string>()
  const act = useAct()
  useEffect(() => () => (url === undefined ? undefined : URL.revokeObjectURL(url)), [url])
  const listen = () =>
    act.run(async () => {
      const { wav } = await api<{ wav: string }>(
        'GET',
        `messages/listen?${new URLSearchParams({ message }).toString()}`,
      )
      const bytes = Uint8Array.from(atob(wav), letter => letter.charCodeAt(0))
      setUrl(URL.createObjectURL(new Blob([bytes], { type: 'audio/wav' })))
    })
  if (!may) return null
  // biome-ignore lint/a11y/useMediaCaption: the text stands beside it; a recording has none
  if (url !== undefined) return <audio controls autoPlay src={url} aria-label={t('messages.sound')} />
  return (
    <Button variant="default" loading={act.busy} onClick={() => void listen()}>
      {t('messages.listen')}
    </Button>
  )
}

function Replace({ message, name }: { readonly message: string; readonly name: string }) {
  const may = useRoute('messages/upload')
  const [open, setOpen] = useState(false)
  if (!may) return null
  return (
    <>
      <Button variant="default" onClick={() => setOpen(true)}>
        {t('messages.replace')}
      </Button>
      <Modal
        opened={open}
        onClose={() => setOpen(false)}
        title={t('messages.replace-title', { message: name })}
        size="lg"
        closeButtonProps={{ 'aria-label': t('form.close') }}
      >
        <UploadForm message={message} done={() => setOpen(false)} />
      </Modal>
    </>
  )
}

function New() {
  const may = useRoute('messages/upload')
  // A form that has done its work begins anew, empty.
  const [round, setRound] = useState(0)
  if (!may) return null
  return (
    <Paper withBorder p={{ base: 'md', sm: 'lg' }} maw={860}>
      <Stack gap="md">
        <Title order={2} size="h3">
          {t('messages.new')}
        </Title>
        <Text>
          {t('messages.new-how')}{' '}
          <Link className="row-link" href="/message/new">
            {t('messages.new-text')}
          </Link>
        </Text>
        <UploadForm key={round} done={() => setRound(round + 1)} />
      </Stack>
    </Paper>
  )
}

/** A recording for a message that exists, or with a name for a new one. */
function UploadForm({ message, done }: { readonly message?: string; done(): void }) {
  const [name, setName] = useState('')
  const [file, setFile] = useState<File | null>(null)
  const act = useAct()
  const refresh = useRefresh()
  const isNew = message === undefined
  const send = async (event: FormEvent) => {
    event.preventDefault()
    const sent = await act.run(async () => {
      const recording = checked(file, isNew ? name.trim() : undefined)
      const wav = await base64Of(recording)
      const kept = await api<Kept>('POST', 'messages/upload', isNew ? { name: name.trim(), wav } : { message, wav })
      tell(t('messages.kept', { length: span(kept.seconds) }))
    })
    if (!sent) return
    await refresh('resources/message')
    done()
  }
  return (
    <form onSubmit={send} noValidate>
      <Stack gap="md">
        {isNew && (
          <TextInput
            label={t('messages.name')}
            value={name}
            maxLength={80}
            error={act.faults.name}
            withAsterisk
            data-path="name"
            onChange={event => setName(event.currentTarget.value)}
          />
        )}
        <FileInput
          size="md"
          label={t('messages.file')}
          description={t('messages.file-how')}
          placeholder={t('messages.choose')}
          accept=".wav,audio/wav,audio/x-wav"
          value={file}
          error={act.faults.wav}
          withAsterisk
          clearable
          clearButtonProps={{ 'aria-label': t('messages.clear') }}
          data-path="wav"
          onChange={setFile}
        />
        <Button type="submit" loading={act.busy} style={{ alignSelf: 'flex-start' }}>
          {t('messages.upload')}
        </Button>
      </Stack>
    </form>
  )
}

/** Refuses here what need not be sent to be refused; `name` is that of a new message. */
function checked(file: File | null, name: string | undefined): File {
  const fields: Record<string, string> = {}
  if (name === '') fields.name = t('messages.name-missing')
  if (file === null) fields.wav = t('messages.file-missing')
  else if (file.size > LARGEST_RECORDING) fields.wav = t('messages.file-too-large')
  if (file === null || Object.keys(fields).length > 0)
    throw new ApiError({ status: 400, code: 'messages.incomplete', message: t('messages.file-missing'), fields })
  return file
}

/** Letters per call of `fromCharCode`: each is an argument, and browsers take only so many. */
const CHUNK = 32_768

async function base64Of(file: File): Promise<string> {
  const bytes = new Uint8Array(await file.arrayBuffer())
  let letters = ''
  for (let at = 0; at < bytes.length; at += CHUNK) letters += String.fromCharCode(...bytes.subarray(at, at + CHUNK))
  return btoa(letters)
}
