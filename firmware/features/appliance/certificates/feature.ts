// Certificates: whether phones that encrypt must show one, and whose. The machine below keeps the box's own.
import { feature } from '../../../kernel/feature.ts'
import { type CertificateSettings, settings } from './settings.ts'
import { words } from './words.en.ts'

export const certificates = feature<CertificateSettings, undefined>({
  name: 'certificates',
  about: 'Whether phones that encrypt their signalling must show a certificate.',
  settings,
  permissions: {
    'certificates.view': words['certificates.view'],
    'certificates.manage': words['certificates.manage'],
  },
  words: { en: words },
  start: () => ({}),
})
export default certificates
