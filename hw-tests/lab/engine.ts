// What the box's engine holds: asked after every test of harm, because nothing may be left.
import type { SwitchDump } from '../../firmware/kernel/call/sip-port.ts'
import type { TestBox } from './box.ts'
import { until } from './until.ts'

export async function engineOf(box: TestBox): Promise<SwitchDump> {
  const { switch: engine } = await (await box.console()).ask<{ switch: SwitchDump }>({ ask: 'engine' })
  return engine
}

/** Resolves when no leg, media port, dialog, player, recorder, mix or page is left; rejects with what is. */
export async function engineIsEmpty(box: TestBox, seconds = 40): Promise<void> {
  let left = ''
  const empty = async () => {
    const { legs, dialogs, mediaPorts, players, recorders, mixes, pages } = await engineOf(box)
    const counts = { legs: legs.length, dialogs, mediaPorts, players, recorders, mixes, pages }
    left = JSON.stringify(counts)
    return Object.values(counts).every(count => count === 0)
  }
  await until('nothing is left in the engine', empty, { seconds, everyMilliseconds: 200 }).catch(error => {
    throw new Error(`${error instanceof Error ? error.message : error}: ${left}`)
  })
}
