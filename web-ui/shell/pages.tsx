// Which page a path is: the features' own, the box's own, and one per kind of thing.
import { Button, Stack, Text } from '@mantine/core'
import { lazy } from 'react'
import { Link, Redirect, Route, Switch } from 'wouter'
import { kindsOf, useBox } from '../kit/box.tsx'
import { t } from '../kit/words.ts'
import { panelOf, panels } from './panels.ts'

const Health = lazy(() => import('../pages/health.tsx'))
const History = lazy(() => import('../pages/history.tsx'))
const Settings = lazy(() => import('../pages/settings.tsx'))
const Aside = lazy(() => import('../pages/aside.tsx'))
const Account = lazy(() => import('../pages/account.tsx'))
const ResourceList = lazy(() => import('../pages/resource-list.tsx'))
const ResourceEdit = lazy(() => import('../pages/resource-edit.tsx'))

export function Pages() {
  const { described, session } = useBox()
  const visible = new Set(described.features.filter(feature => feature.view).map(feature => feature.name))
  const mine = panels.filter(panel => visible.has(panel.feature))
  const kinds = kindsOf(described)
  const first = session.permissions.includes('health.view') ? '/health' : `/${mine[0]?.feature ?? 'account'}`
  return (
    <Switch>
      <Route path="/">
        <Redirect to={first} replace />
      </Route>
      <Route path="/health" component={Health} />
      <Route path="/aside" component={Aside} />
      <Route path="/history" component={History} />
      <Route path="/settings/:feature?" component={Settings} />
      <Route path="/account" component={Account} />
      {mine.map(({ feature, Page }) => (
        <Route key={feature} path={`/${feature}`} component={Page} />
      ))}
      {kinds.map(kind => (
        <Route key={`${kind.kind}-one`} path={`/${kind.kind}/:id`}>
          {({ id }) => <ResourceEdit key={id} kind={kind} id={id} />}
        </Route>
      ))}
      {kinds.map(kind => (
        <Route key={kind.kind} path={`/${kind.kind}`}>
          {panelOf(kind) ? <Redirect to={`/${kind.feature}`} replace /> : <ResourceList key={kind.kind} kind={kind} />}
        </Route>
      ))}
      <Route>
        <Stack align="flex-start">
          <Text>{t('shell.not-found')}</Text>
          <Button component={Link} href="/" variant="light">
            {t('shell.home')}
          </Button>
        </Stack>
      </Route>
    </Switch>
  )
}
