// Who answers emergency calls of a site, and who hears that one is under way.
import { Name, Ref, Seconds, type Static, Type } from '../../../kernel/schema.ts'
import type { ResourceKind } from '../../../kernel/store.ts'

const people = (kind: string, title: string, description: string) =>
  Type.Array(Ref(kind, { onDelete: 'clear' }), { title, description, maxItems: 100, default: [] })

export const EmergencyPlan = Type.Object({
  name: Name({ title: 'Name' }),
  sites: people('site', 'Sites', 'Where this plan holds; a site that no plan names is served by the first plan.'),
  answeringPoints: people(
    'extension',
    'Answering points',
    'Extensions that emergency calls ring, all at once: guard post, site security, first aid. While none of them has a phone, every phone of the site rings.',
  ),
  ringSeconds: Seconds({
    title: 'Ring for',
    description: 'Then everybody is rung again, until someone answers or the caller hangs up.',
    default: 30,
    minimum: 5,
    maximum: 120,
  }),
  screens: people('device', 'Screens', 'Phones whose screen shows caller, call-back number and place.'),
  contacts: Type.Array(Ref('contact', { onDelete: 'clear' }), {
    title: 'Contacts, in this order',
    description:
      'The first is told by every way that he has: text, call, announcement. Who does not answer is tried three times and followed by the next, until somebody is reached or somebody takes care of the call.',
    maxItems: 5,
    default: [],
  }),
  noticeZone: Type.Optional(
    Ref('zone', {
      title: 'Spoken notice',
      description: 'Where the place is spoken. Empty: nowhere.',
      onDelete: 'clear',
    }),
  ),
})
export type EmergencyPlan = Static<typeof EmergencyPlan>

export const EmergencyInput = Type.Object({ call: Type.String({ minLength: 1, maxLength: 60 }) })
export type EmergencyInput = Static<typeof EmergencyInput>

/** The resource kind `emergency-plan`. */
export const emergencyPlanKind: ResourceKind<EmergencyPlan> = {
  kind: 'emergency-plan',
  prefix: 'emp',
  title: ['Emergency call plan', 'Emergency call plans'],
  schema: EmergencyPlan,
  label: 'name',
}
