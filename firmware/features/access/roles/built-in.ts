// The roles a box is born with: a starting point that the plant edits.
import { ALL, type Role } from './settings.ts'

/** What anyone who works with the box sees without being able to change it. */
const LOOKING = [
  'health.view',
  'board.view',
  'devices.view',
  'lines.view',
  'registrar.view',
  'subscriptions.view',
  'extensions.view',
  'sites.view',
  'locations.view',
  'networks.view',
  'zones.view',
  'messages.view',
  'alarms.view',
  'panic-buttons.view',
  'drills.view',
  'emergency-calls.view',
]

/** Speaking to the plant, and raising the alarm, is not a matter of rank. */
const SPEAKING = ['paging.view', 'paging.speak', 'paging.stop', 'alarms.raise']

export const BUILT_IN_ROLES: readonly Role[] = [
  { name: 'Administrator', about: 'Everything, including the rights of others.', permissions: [ALL] },
  {
    name: 'Manager',
    about: 'Sees everything that happens, changes nothing.',
    permissions: [
      ...LOOKING,
      ...SPEAKING,
      'call-records.view',
      'live-calls.view',
      'quality.view',
      'users.view',
      'roles.view',
    ],
  },
  {
    name: 'Supervisor',
    about: 'Runs a shift: live calls, pages and alarms.',
    permissions: [
      ...LOOKING,
      ...SPEAKING,
      'live-calls.view',
      'live-calls.hang-up',
      'call-records.view',
      'alarms.acknowledge',
      'alarms.clear',
      'emergency-calls.acknowledge',
    ],
  },
  {
    name: 'Technician',
    about: 'Phones, places, wiring and the health of the box.',
    permissions: [
      ...LOOKING,
      'board.operate',
      'devices.manage',
      'lines.manage',
      'registrar.manage',
      'registrar.order',
      'extensions.manage',
      'locations.manage',
      'networks.manage',
      'panic-buttons.test',
      'live-calls.view',
      'call-records.view',
      'quality.view',
      'paging.view',
      'multicast-doctor.view',
      'multicast-doctor.examine',
    ],
  },
  {
    name: 'Safety officer',
    about: 'Alarm plans, buttons, drills and emergency calls.',
    permissions: [
      ...LOOKING,
      ...SPEAKING,
      'alarms.manage',
      'alarms.acknowledge',
      'alarms.clear',
      'drills.start',
      'panic-buttons.manage',
      'panic-buttons.test',
      'zones.manage',
      'multicast-doctor.view',
      'multicast-doctor.examine',
      'messages.manage',
      'emergency-calls.manage',
      'emergency-calls.acknowledge',
      'notifications.view',
      'board.operate',
      'call-records.view',
      'live-calls.view',
    ],
  },
  {
    name: 'Operator',
    about: 'The switchboard: live calls, pages, acknowledging alarms.',
    permissions: [
      ...LOOKING,
      ...SPEAKING,
      'live-calls.view',
      'live-calls.hang-up',
      'alarms.acknowledge',
      'emergency-calls.acknowledge',
    ],
  },
  {
    name: 'User',
    about: 'May raise an alarm, and sees who can be called.',
    permissions: ['alarms.view', 'alarms.raise', 'extensions.view', 'locations.view'],
  },
]
