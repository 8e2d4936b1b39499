// The page of floor plans: the picture of each place, and what stands on it, put there by clicking.

import { useAct } from '@kit/act.ts'
import { ApiError, api } from '@kit/api.ts'
import { useGet, useMay, useRefresh, useRoute } from '@kit/box.tsx'
import { Loaded, Page } from '@kit/page.tsx'
import { tell } from '@kit/toasts.tsx'
import { t, titleOf } from '@kit/words.ts'
import { Button, FileInput, Group, NumberInput, Paper, Select, Stack, Text, Title } from '@mantine/core'
import { type FormEvent, type MouseEvent, useState } from 'react'
import { type FloorPlan, LARGEST_PICTURE } from './settings.ts'

interface Row {
  readonly id: string
  readonly rev: number
  readonly value: FloorPlan
}
interface Choice {
  readonly id: string
  readonly label: string
}

export default function Maps() {
  const places = useGet<{ items: readonly Choice[] }>('choices/location?q=', { live: ['document.changed'] })
  const plans = useGet<{ items: readonly Row[] }>('resources/floor-plan?limit=500', { live: ['document.changed'] })
  const [location, choose] = useState<string | null>(null)
  const plan = plans.data?.items.find(one => one.value.location === location)
  return (
    <Page title={titleOf('maps')}>
      <Text>{t('maps.about')}</Text>
      <Loaded of={places}>
        {({ items }) => (
          <Stack gap="md">
            {items.length === 0 && <Text>{t('maps.no-locations')}</Text>}
            <Select
              label={t('maps.place')}
              placeholder={t('maps.place.all')}
              data={items.map(({ id, label }) => ({ value: id, label }))}
              value={location}
              onChange={choose}
              searchable
              clearable
              maw={480}
            />
            {location !== null && <Upload key={location} location={location} />}
            {plan === undefined ? (
              <Drawn location={location} name={items.find(one => one.id === location)?.label} />
            ) : (
              <Editor key={plan.id} plan={plan} />
            )}
          </Stack>
        )}
      </Loaded>
    </Page>
  )
}

function Drawn({ location, name }: { readonly location: string | null; readonly name: string | undefined }) {
  const place = name ?? t('maps.plant')
  const asked = location === null ? '' : `?location=${location}`
  return <img src={`/api/maps/place${asked}`} alt={t('maps.picture', { place })} style={{ maxWidth: '100%' }} />
}

function Upload({ location }: { readonly location: string }) {
  const may = useRoute('uploads/floor-plan')
  const [file, setFile] = useState<File | null>(null)
  const act = useAct()
  const refresh = useRefresh()
  if (!may) return null
  const send = async (event: FormEvent) => {
    event.preventDefault()
    const sent = await act.run(async () => tell(t('maps.kept', { ...(await uploaded(checked(file), location)) })))
    if (!sent) return
    setFile(null)
    await refresh('resources/floor-plan')
  }
  return (
    <Paper withBorder p="md" maw={860}>
      <form onSubmit={send} noValidate>
        <Stack gap="md">
          <FileInput
            size="md"
            label={t('maps.file')}
            description={t('maps.file.how')}
            placeholder={t('maps.file.choose')}
            accept="image/png,image/jpeg,image/webp"
            value={file}
            error={act.faults.picture ?? act.faults.file}
            withAsterisk
            clearable
            clearButtonProps={{ 'aria-label': t('maps.file.clear') }}
            onChange={setFile}
          />
          <Button type="submit" loading={act.busy} style={{ alignSelf: 'flex-start' }}>
            {t('maps.upload')}
          </Button>
        </Stack>
      </form>
    </Paper>
  )
}

function checked(file: File | null): File {
  const wrong =
    file === null ? t('maps.file.missing') : file.size > LARGEST_PICTURE ? t('maps.file.too-large') : undefined
  if (file !== null && wrong === undefined) return file
  const message = wrong ?? ''
  throw new ApiError({ status: 400, code: 'maps.incomplete', message, fields: { picture: message } })
}

/** The file itself is the body: fifty megabytes in letters would hold up the box. */
async function uploaded(file: File, location: string): Promise<{ width: number; height: number }> {
  const answer = await fetch(`/api/uploads/floor-plan?${new URLSearchParams({ location }).toString()}`, {
    method: 'POST',
    headers: { 'content-type': 'application/octet-stream' },
    body: file,
  }).catch(() => {
    throw new ApiError({ status: 0, code: 'web.offline', message: t('error.offline') })
  })
  const said = (await answer.json()) as { error?: ConstructorParameters<typeof ApiError>[0] }
  if (said.error !== undefined) throw new ApiError({ ...said.error, status: answer.status })
  return said as unknown as { width: number; height: number }
}

const LISTS = { button: 'buttons', zone: 'zones', device: 'devices' } as const
type Kind = keyof typeof LISTS
const KINDS = Object.keys(LISTS) as readonly Kind[]
interface Spot {
  readonly kind: Kind
  readonly id: string
  readonly x: number
  readonly y: number
}

const spotsOf = (plan: FloorPlan): readonly Spot[] => [
  ...plan.buttons.map(({ button, x, y }) => ({ kind: 'button' as const, id: button as string, x, y })),
  ...plan.zones.map(({ zone, x, y }) => ({ kind: 'zone' as const, id: zone as string, x, y })),
  ...plan.devices.map(({ device, x, y }) => ({ kind: 'device' as const, id: device as string, x, y })),
]

const withSpots = (plan: FloorPlan, spots: readonly Spot[]): object => {
  const of = (kind: Kind) => spots.filter(one => one.kind === kind).map(({ id, x, y }) => ({ [kind]: id, x, y }))
  return { ...plan, buttons: of('button'), zones: of('zone'), devices: of('device') }
}

const COLORS: Readonly<Record<Kind, string>> = { button: '#c92a2a', zone: '#1864ab', device: '#343a40' }
/** Thousandths of the picture are as fine as anybody clicks. */
const part = (value: number) => Math.round(Math.min(1, Math.max(0, value)) * 1000) / 1000

function Editor({ plan }: { readonly plan: Row }) {
  const may = useMay('maps.manage')
  const names = useNames()
  const [chosen, choose] = useState<string | null>(null)
  const act = useAct()
  const refresh = useRefresh()
  const spots = spotsOf(plan.value)
  const save = (next: readonly Spot[]) =>
    act.run(async () => {
      await api('PUT', `resources/floor-plan/${plan.id}`, { rev: plan.rev, value: withSpots(plan.value, next) })
      await refresh('resources/floor-plan')
    })
  const put = (x: number, y: number) => {
    const [kind, id] = (chosen ?? '').split(' ')
    if (!may || act.busy || id === undefined) return
    const others = spots.filter(one => one.id !== id)
    void save([...others, { kind: kind as Kind, id, x: part(x), y: part(y) }])
  }
  const clicked = (event: MouseEvent<HTMLElement>) => {
    const { left, top, width, height } = event.currentTarget.getBoundingClientRect()
    put((event.clientX - left) / width, (event.clientY - top) / height)
  }
  const picture = `/api/maps/picture?plan=${plan.id}&sha256=${plan.value.picture.sha256}`
  return (
    <Stack gap="md">
      {may && <Chooser names={names} chosen={chosen} choose={choose} put={put} />}
      {/* biome-ignore lint/a11y/useKeyWithClickEvents: the fields beside it do the same by keyboard */}
      {/* biome-ignore lint/a11y/noStaticElementInteractions: see above */}
      <div onClick={clicked} style={{ position: 'relative', cursor: chosen === null ? 'default' : 'crosshair' }}>
        <img src={picture} alt={t('maps.put.picture')} style={{ width: '100%', display: 'block' }} />
        {spots.map(spot => (
          <Sign key={spot.id} spot={spot} name={names.get(spot.id)?.label ?? ''} />
        ))}
      </div>
      <Placed
        spots={spots}
        names={names}
        away={may ? id => void save(spots.filter(one => one.id !== id)) : undefined}
      />
    </Stack>
  )
}

function Sign({ spot, name }: { readonly spot: Spot; readonly name: string }) {
  const color = COLORS[spot.kind]
  return (
    <span style={{ position: 'absolute', left: `${spot.x * 100}%`, top: `${spot.y * 100}%`, pointerEvents: 'none' }}>
      <span
        style={{
          position: 'absolute',
          left: -7,
          top: -7,
          width: 14,
          height: 14,
          background: color,
          border: '2px solid #ffffff',
          borderRadius: spot.kind === 'zone' ? 0 : 7,
        }}
      />
      <span
        style={{
          position: 'absolute',
          left: 12,
          top: -11,
          color,
          background: '#ffffffe6',
          fontWeight: 700,
          whiteSpace: 'nowrap',
        }}
      >
        {name}
      </span>
    </span>
  )
}

interface Named {
  readonly kind: Kind
  readonly label: string
}

/** All that can be put on a plan, by its id. */
function useNames(): ReadonlyMap<string, Named> {
  const live = { live: ['document.changed'] }
  const buttons = useGet<{ items: readonly Choice[] }>('choices/button?q=', live).data?.items ?? []
  const zones = useGet<{ items: readonly Choice[] }>('choices/zone?q=', live).data?.items ?? []
  const devices = useGet<{ items: readonly Choice[] }>('choices/device?q=', live).data?.items ?? []
  const of = (kind: Kind, items: readonly Choice[]) => items.map(({ id, label }) => [id, { kind, label }] as const)
  return new Map([...of('button', buttons), ...of('zone', zones), ...of('device', devices)])
}

function Chooser(props: {
  readonly names: ReadonlyMap<string, Named>
  readonly chosen: string | null
  choose(next: string | null): void
  put(x: number, y: number): void
}) {
  const { names, chosen, choose, put } = props
  const [x, setX] = useState<string | number>(50)
  const [y, setY] = useState<string | number>(50)
  const of = (kind: Kind) =>
    [...names].filter(([, one]) => one.kind === kind).map(([id, { label }]) => ({ value: `${kind} ${id}`, label }))
  return (
    <Group align="flex-end" gap="sm">
      <Select
        label={t('maps.put')}
        description={t('maps.put.how')}
        placeholder={t('maps.put.search')}
        data={KINDS.map(kind => ({ group: t(`maps.${kind}`), items: of(kind) }))}
        value={chosen}
        onChange={choose}
        searchable
        clearable
        miw={320}
      />
      <NumberInput label={t('maps.put.x')} value={x} onChange={setX} min={0} max={100} w={140} />
      <NumberInput label={t('maps.put.y')} value={y} onChange={setY} min={0} max={100} w={140} />
      <Button variant="default" disabled={chosen === null} onClick={() => put(Number(x) / 100, Number(y) / 100)}>
        {t('maps.put.go')}
      </Button>
    </Group>
  )
}

function Placed(props: {
  readonly spots: readonly Spot[]
  readonly names: ReadonlyMap<string, Named>
  readonly away: ((id: string) => void) | undefined
}) {
  const { spots, names, away } = props
  return (
    <Stack gap="xs">
      <Title order={2} size="h3">
        {t('maps.put.list')}
      </Title>
      {spots.length === 0 && <Text>{t('maps.put.none')}</Text>}
      {spots.map(({ kind, id }) => (
        <Group key={id} gap="sm">
          <Text>
            {t(`maps.${kind}`)}: {names.get(id)?.label ?? t('form.not-visible')}
          </Text>
          {away !== undefined && (
            <Button size="compact-md" variant="subtle" onClick={() => away(id)}>
              {t('maps.put.away')}
            </Button>
          )}
        </Group>
      ))}
    </Stack>
  )
}
