// The frame around every page: menu, live banner, the state of the connection, and the page itself.
import {
  ActionIcon,
  Alert,
  AppShell,
  Burger,
  Menu as Dropdown,
  Group,
  Text,
  UnstyledButton,
  useComputedColorScheme,
  useMantineColorScheme,
} from '@mantine/core'
import { useDisclosure } from '@mantine/hooks'
import { Suspense } from 'react'
import { Link } from 'wouter'
import { api } from '../kit/api.ts'
import { useBox, useFeedState } from '../kit/box.tsx'
import { Icon } from '../kit/icon.tsx'
import { Loaded } from '../kit/page.tsx'
import { tellFault } from '../kit/toasts.tsx'
import { t } from '../kit/words.ts'
import { Banner } from './banner.tsx'
import { Crash } from './crash.tsx'
import { Menu } from './menu.tsx'
import { Pages } from './pages.tsx'

export function Shell() {
  const [open, { toggle, close }] = useDisclosure(false)
  const { described } = useBox()
  return (
    <>
      <Banner />
      <AppShell
        header={{ height: 'calc(60px + var(--banner, 0px))' }}
        navbar={{ width: 264, breakpoint: 'md', collapsed: { mobile: !open } }}
        padding={{ base: 'md', md: 'xl' }}
      >
        <a className="skip" href="#page">
          {t('shell.skip')}
        </a>
        <AppShell.Header pt="var(--banner, 0px)">
          <Group h="100%" px="md" justify="space-between" wrap="nowrap">
            <Group gap="sm" wrap="nowrap">
              <Burger opened={open} onClick={toggle} hiddenFrom="md" aria-label={t('shell.menu')} />
              <Text component={Link} href="/" fw={700} size="lg" c="inherit" td="none">
                {t('shell.name')}
              </Text>
            </Group>
            <Group gap="xs" wrap="nowrap">
              <Scheme />
              <Account />
            </Group>
          </Group>
        </AppShell.Header>
        <AppShell.Navbar p="xs" aria-label={t('shell.menu')}>
          <Menu close={close} />
        </AppShell.Navbar>
        <AppShell.Main>
          <Connection />
          {described.safeMode && (
            <Alert color="red" variant="filled" mb="md" role="alert">
              {t('shell.safe-mode')}
            </Alert>
          )}
          <div id="page" tabIndex={-1} style={{ outline: 'none' }}>
            <Crash>
              <Suspense
                fallback={<Loaded of={{ data: undefined, error: null, refetch: () => {} }}>{() => null}</Loaded>}
              >
                <Pages />
              </Suspense>
            </Crash>
          </div>
        </AppShell.Main>
      </AppShell>
    </>
  )
}

function Connection() {
  const state = useFeedState()
  if (state !== 'lost') return null
  return (
    <Alert color="yellow" variant="filled" autoContrast mb="md" role="status" icon={<Icon name="warning" />}>
      {t('shell.lost')}
    </Alert>
  )
}

function Scheme() {
  const { setColorScheme } = useMantineColorScheme()
  const scheme = useComputedColorScheme('light')
  const other = scheme === 'dark' ? 'light' : 'dark'
  return (
    <ActionIcon variant="subtle" size="lg" aria-label={t('shell.scheme')} onClick={() => setColorScheme(other)}>
      <Icon name={scheme === 'dark' ? 'sun' : 'moon'} />
    </ActionIcon>
  )
}

function Account() {
  const { session } = useBox()
  const signOut = async () => {
    try {
      await api('DELETE', 'session')
    } catch (error) {
      // Still signed in on the box: saying otherwise would be a lie.
      tellFault(error)
      return
    }
    window.dispatchEvent(new Event('signed-out'))
  }
  return (
    <Dropdown position="bottom-end" width={240}>
      <Dropdown.Target>
        <UnstyledButton px="sm" py={6} aria-label={`${t('shell.account')}: ${session.user.name}`}>
          <Group gap={6} wrap="nowrap">
            <Icon name="user" />
            <Text visibleFrom="sm">{session.user.name}</Text>
          </Group>
        </UnstyledButton>
      </Dropdown.Target>
      <Dropdown.Dropdown>
        <Dropdown.Label>{session.user.roles.join(', ') || t('account.none')}</Dropdown.Label>
        <Dropdown.Item component={Link} href="/account">
          {t('shell.account')}
        </Dropdown.Item>
        <Dropdown.Item onClick={() => void signOut()}>{t('shell.sign-out')}</Dropdown.Item>
      </Dropdown.Dropdown>
    </Dropdown>
  )
}
