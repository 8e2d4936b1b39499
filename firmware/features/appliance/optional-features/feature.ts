// Which of the optional features are switched off: a setting like any other, so that it is audited and can be undone.
import { feature } from '../../../kernel/feature.ts'
import { type Static, Type } from '../../../kernel/schema.ts'

const settings = Type.Object(
  {
    off: Type.Array(Type.String(), { default: [], title: 'Switched off', description: 'Names of optional features.' }),
  },
  { default: {} },
)

/** The host reads its settings (`OPTIONAL` in kernel/host.ts). */
export const optionalFeatures = feature<Static<typeof settings>, undefined>({
  name: 'optional-features',
  about: 'Switch off what this plant does not use.',
  settings,
  permissions: {
    'optional-features.view': 'See which features are switched off',
    'optional-features.manage': 'Switch features on and off',
  },
  start: () => ({}),
})
export default optionalFeatures
