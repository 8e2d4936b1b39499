// The pages that features bring along: every features/<district>/<name>/panel.tsx, loaded when it is opened.
import { type ComponentType, lazy } from 'react'
import type { Kind } from '../kit/box.tsx'
import type { IconName } from '../kit/icon.tsx'
import { titleOf } from '../kit/words.ts'

type Loaded = { readonly default: ComponentType }
const found = import.meta.glob<Loaded>('../../firmware/features/*/*/panel.tsx')

/** Most urgent first; pages that are not named here follow. */
const ORDER = [
  'alarms',
  'emergency-calls',
  'paging',
  'bells',
  'live-calls',
  'registrar',
  'subscriptions',
  'trunks',
  'panic-buttons',
  'board',
  'call-records',
  'quality',
]
const ICONS: Readonly<Record<string, IconName>> = {
  alarms: 'bell',
  'emergency-calls': 'warning',
  paging: 'speaker',
  'live-calls': 'talk',
  registrar: 'phone',
  subscriptions: 'bulb',
  'panic-buttons': 'ok',
  board: 'board',
  'call-records': 'list',
  quality: 'heart',
  trunks: 'forward',
  schedules: 'clock',
  bells: 'clock',
  forwarding: 'forward',
  recording: 'record',
  messages: 'letter',
  'multicast-doctor': 'heart',
  maps: 'board',
}

export interface Panel {
  /** The feature, which is also the path of the page. */
  readonly feature: string
  readonly icon: IconName
  readonly Page: ComponentType
}

/** The page on which all of this kind are listed, where a feature has one of that name. */
export const panelOf = (kind: Pick<Kind, 'feature' | 'title'>): Panel | undefined =>
  panels.find(panel => panel.feature === kind.feature && titleOf(panel.feature) === kind.title[1])

const place = (feature: string): number => {
  const at = ORDER.indexOf(feature)
  return at < 0 ? ORDER.length : at
}

export const panels: readonly Panel[] = Object.entries(found)
  .map(([file, load]) => {
    const feature = file.split('/').at(-2) ?? ''
    return { feature, icon: ICONS[feature] ?? 'box', Page: lazy(load) }
  })
  .sort((a, b) => place(a.feature) - place(b.feature))
