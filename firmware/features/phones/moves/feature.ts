// Moved phones: a phone with another address may stand elsewhere, and help would be sent to where it stood.
import { feature, type Problem, type Route } from '../../../kernel/feature.ts'
import { HistoryInput } from '../../../kernel/history-input.ts'
import { standing } from '../../../kernel/things.ts'
import { locations } from '../../places/locations/feature.ts'
import { networks } from '../../places/networks/feature.ts'
import { devices } from '../devices/feature.ts'
import { lines } from '../lines/feature.ts'
import { registrar } from '../registrar/feature.ts'
import { type Move, Moved } from './moved.ts'
import { migrations, type Stay } from './records.ts'
import { MoveInput } from './settings.ts'
import { words } from './words.en.ts'

/** So many are named one by one; more are counted: then it is the addresses that change, not the phones. */
const NAMED_AT_MOST = 5

export const moves = feature<unknown, undefined>({
  name: 'moves',
  about: 'Phones that have another address, and where they stood before.',
  needs: [devices, lines, registrar, networks, locations],
  records: migrations,
  permissions: { 'moves.view': words['moves.view'], 'moves.manage': words['moves.manage'] },
  words: { en: words },
  start(ctx) {
    const moved = new Moved(ctx)
    ctx.on('phone.registered', ({ line, binding }) => moved.registered(line, binding.source.host))
    ctx.on('document.changed', ({ kinds }) => {
      if (kinds.includes('device')) moved.keepOnlyDevices()
    })
    const confirm: Route<MoveInput, unknown> = {
      method: 'POST',
      path: 'moves/confirm',
      about: 'This phone stands where its location says, also at the address that it has now.',
      permission: 'moves.manage',
      input: MoveInput,
      run: ({ device }, who) => {
        moved.confirm(device, who)
        return { moves: moved.all() }
      },
    }
    const history: Route<HistoryInput, unknown> = {
      method: 'GET',
      path: 'moves/history',
      about: 'Where phones stood, newest first, and who confirmed it.',
      permission: 'moves.view',
      input: HistoryInput,
      rows: { in: 'stays', on: ({ device, location }: Stay) => standing({ device, location }) },
      async run(asked) {
        const { rows, ...more } = await moved.log.past(asked)
        return { stays: rows, ...more }
      },
    }
    return {
      routes: [
        {
          method: 'GET',
          path: 'moves/now',
          about: 'Phones with an address at which nobody said where they stand.',
          permission: 'moves.view',
          rows: { in: 'moves', on: ({ device }: Move) => [{ kind: 'device', id: device }] },
          run: () => ({ moves: moved.all() }),
        },
        confirm as Route<never, unknown>,
        history as Route<never, unknown>,
      ],
      problems: () => problemsOf(moved.all()),
      metrics: () => ({ phones_moved: moved.all().length }),
    }
  },
})
export default moves

function problemsOf(moved: readonly Move[]): Problem[] {
  const about = { severity: 'serious', link: '/moves' } as const
  if (moved.length > NAMED_AT_MOST) {
    const text = words['moves.unconfirmed.many'].replace('{count}', String(moved.length))
    return [{ code: 'moves.unconfirmed', text, remedy: words['moves.unconfirmed.many.remedy'], ...about }]
  }
  return moved.map(({ device, name, address, network, place, at }) => ({
    code: `moves.unconfirmed:${device}`,
    text: words[network === undefined ? 'moves.unconfirmed' : 'moves.unconfirmed.elsewhere']
      .replace('{device}', name)
      .replace('{address}', address)
      .replace('{network}', network ?? '')
      .replace('{place}', place),
    remedy: words['moves.unconfirmed.remedy'],
    since: at,
    ...about,
  }))
}
