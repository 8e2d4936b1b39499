// The menu: what is operated, what is set up, and this box itself; only what the signed-in person may see.
import { Badge, Box, NavLink, Text } from '@mantine/core'
import { Link, useRoute as useMatch } from 'wouter'
import { type Kind, kindsOf, useBox, useGet, useMay } from '../kit/box.tsx'
import { Icon, type IconName } from '../kit/icon.tsx'
import { districtOf, t, titleOf } from '../kit/words.ts'
import type { Problems } from '../pages/health.tsx'
import { panelOf, panels } from './panels.ts'

/** Kinds of people's rights belong to the box, not to its telephones. */
const OF_THE_BOX = new Set(['users', 'roles'])
/** From what everything else needs to what looks back at it. */
const DISTRICTS = ['phones', 'places', 'lines', 'calling', 'answering', 'paging', 'safety', 'oversight', 'integrations']
const shelfOf = (kind: Kind): number => {
  const at = DISTRICTS.indexOf(districtOf(kind.feature))
  return at < 0 ? DISTRICTS.length : at
}

export function Menu({ close }: { readonly close: () => void }) {
  const { described } = useBox()
  const visible = new Set(described.features.filter(feature => feature.view).map(feature => feature.name))
  // A kind whose feature has a page of that very name is found there.
  const kinds = kindsOf(described)
    .filter(kind => panelOf(kind) === undefined)
    .sort((a, b) => shelfOf(a) - shelfOf(b))
  const managing = described.features.some(feature => feature.manage)
  const entry = (path: string, label: string, icon?: IconName) => (
    <Entry key={path} path={path} label={label} close={close} {...(icon ? { icon } : {})} />
  )
  const mayHealth = useMay('health.view')
  const settings = described.features.some(feature => feature.settings)
  return (
    <Box h="100%" style={{ overflowY: 'auto', scrollbarWidth: 'thin' }}>
      <Heading>{t('shell.group.operate')}</Heading>
      {mayHealth && <HealthEntry close={close} />}
      {panels
        .filter(panel => visible.has(panel.feature))
        .map(panel => entry(`/${panel.feature}`, titleOf(panel.feature), panel.icon))}
      {kinds.some(kind => !OF_THE_BOX.has(kind.feature)) && <Heading>{t('shell.group.setup')}</Heading>}
      {kinds.filter(kind => !OF_THE_BOX.has(kind.feature)).map(kind => entry(`/${kind.kind}`, kind.title[1]))}
      {(mayHealth || managing || settings) && <Heading>{t('shell.group.box')}</Heading>}
      {kinds.filter(kind => OF_THE_BOX.has(kind.feature)).map(kind => entry(`/${kind.kind}`, kind.title[1], 'user'))}
      {settings && entry('/settings', t('shell.settings'), 'gear')}
      {(mayHealth || managing) && entry('/history', t('shell.history'), 'clock')}
    </Box>
  )
}

function Heading({ children }: { readonly children: string }) {
  return (
    <Text size="xs" fw={700} c="dimmed" tt="uppercase" px="sm" pt="md" pb={4}>
      {children}
    </Text>
  )
}

function Entry(props: { path: string; label: string; icon?: IconName; mark?: React.ReactNode; close(): void }) {
  const { path, label, icon, mark, close } = props
  const [exact] = useMatch(path)
  const [below] = useMatch(`${path}/*?`)
  return (
    <NavLink
      component={Link}
      href={path}
      label={label}
      active={exact || below}
      aria-current={exact ? 'page' : undefined}
      leftSection={icon ? <Icon name={icon} /> : <Box w={20} />}
      rightSection={mark}
      onClick={close}
      fz="md"
      py={icon ? 7 : 5}
    />
  )
}

function HealthEntry({ close }: { readonly close: () => void }) {
  const { data } = useGet<Problems>('problems', { live: ['problems.', 'document.', 'board.'], everySeconds: 30 })
  const urgent = data?.problems.filter(one => one.severity === 'danger' || one.severity === 'serious').length ?? 0
  const mark = urgent > 0 && (
    <Badge color="red" variant="filled" circle aria-label={t('health.serious-count', { count: urgent })}>
      {urgent}
    </Badge>
  )
  return <Entry path="/health" label={t('shell.health')} icon="heart" mark={mark} close={close} />
}
