// Lines: the SIP accounts of devices. The switch is told how to check each; the secrets stay in the vault.
import { feature } from '../../../kernel/feature.ts'
import type { Stored } from '../../../kernel/store.ts'
import { devices } from '../devices/feature.ts'
import { linesByDevice } from './by-device.ts'
import { CredentialBook } from './credential.ts'
import { RefusedMedia } from './refused-media.ts'
import { type Line, type LinesSettings, lineKind, LinesSettings as Settings } from './settings.ts'
import { Shaken } from './shaken.ts'
import { words } from './words.en.ts'

export { type Line, type LinesSettings, lineKind } from './settings.ts'

/** What other features ask about lines. */
export interface Lines {
  get(id: string): Stored<Line> | undefined
  /** Lines of devices that are not retired. */
  inUse(): readonly Stored<Line>[]
  ofDevice(device: string): readonly Stored<Line>[]
}

export const lines = feature<LinesSettings, Lines>({
  name: 'lines',
  about: 'The SIP accounts of phones.',
  essential: true,
  needs: [devices],
  settings: Settings,
  resources: [lineKind],
  permissions: { 'lines.view': 'See lines', 'lines.manage': 'Change lines' },
  words: { en: words },
  start(ctx) {
    const all = () => ctx.store.all(lineKind)
    const inUse = () => all().filter(line => ctx.use(devices).get(line.device)?.retired === false)
    const book = new CredentialBook()
    const shaken = new Shaken(ctx)
    const tell = () =>
      ctx.sip.setLines(
        shaken.marked(
          book.of(inUse(), { realm: ctx.settings.realm, secret: reference => ctx.store.secret(reference) }),
        ),
      )
    const refused = new RefusedMedia(ctx)
    ctx.on('call.began', ({ from }) => refused.called(from.line))
    tell()
    ctx.on('document.changed', ({ kinds }) => {
      if (kinds.includes('line')) shaken.keepOnly(id => ctx.store.get(lineKind, id) !== undefined)
      if (kinds.includes('device')) tell()
    })
    return {
      api: {
        get: id => ctx.store.get(lineKind, id),
        inUse,
        ofDevice: linesByDevice(ctx.store),
      },
      apply: tell,
      sip: {
        observe(event) {
          shaken.observe(event)
          refused.observe(event)
        },
      },
      problems: () => [
        ...inUse()
          .filter(line => ctx.store.secret(line.secret) === undefined)
          .map(
            line =>
              ({
                code: `lines.no-secret:${line.id}`,
                severity: 'serious',
                text: words['lines.no-secret'].replace('{line}', line.authName),
                remedy: words['lines.no-secret.remedy'],
                link: `/line/${line.id}`,
              }) as const,
          ),
        ...refused.problems(line => ctx.store.get(lineKind, line)),
      ],
    }
  },
})
export default lines
