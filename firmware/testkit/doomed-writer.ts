// A process that writes to the stores of a box until it is killed, and says aloud what has been promised to it: `change 7`, `alarm 7`, `call 7`.
import { openStores } from '../platform/store/open-stores.ts'
import { systemClock } from '../platform/system/system-clock.ts'
import { idOf, plant, tester } from './sample-plant.ts'

const ROUNDS = 2_000

/** `directory` stands for the data disk and the memory files of one box. */
export function openDoomed(directory: string) {
  const silent = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} }
  const clock = systemClock({ trusted: () => true })
  const stores = openStores({
    ...plant,
    data: `${directory}/data`,
    run: `${directory}/run`,
    migrations: [],
    clock,
    log: silent,
  })
  return {
    clock,
    stores,
    alarms: stores.live.collection<{ n: number }>('alarms', { keep: 'power' }),
    calls: stores.live.collection<{ n: number }>('calls', { keep: 'restart' }),
  }
}

async function main(directory: string): Promise<void> {
  const { clock, stores, alarms, calls } = openDoomed(directory)
  for (let n = 1; n <= ROUNDS; n++) {
    const value = { name: `Site ${n}` }
    await stores.store.change({
      why: 'x',
      author: tester,
      ops: [{ op: 'put', kind: 'site', id: idOf('sit', n), value }],
    })
    process.stdout.write(`change ${n}\n`)
    await alarms.setNow('latest', { n })
    process.stdout.write(`alarm ${n}\n`)
    calls.set('latest', { n })
    if (n % 10 > 0) continue
    await clock.sleep(60)
    process.stdout.write(`call ${n}\n`)
  }
}

if (process.argv[1] === import.meta.filename) await main(process.argv[2] ?? '')
