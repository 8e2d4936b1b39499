// Bench of a power cut: a thousand phones that come back in the same second, on a box that has just started itself.
import { machineLoad } from './cost.ts'
import type { Bench } from './figures.ts'
import { rounded } from './figures.ts'
import { onRig, pause, type Rig, range } from './rig.ts'
import { CALLED, CALLERS, EACH, registers } from './sip-load.ts'

/** All within a fifth of a second: nobody can come closer together. */
const PER_SECOND = 2500
const CONTACT_PORT = 5099
/** As the box asks those whom it cannot take at once. */
const RETRY_AFTER_MS = 5000
const TRIES = 10

export const storm: Bench = o =>
  onRig([...range(CALLERS, EACH), ...range(CALLED, EACH)], async rig => {
    o.say('a thousand phones sign in')
    await everyone(rig)
    // Every connection of before is gone with the power; what was on disk is there.
    rig.screen.close()
    await rig.box.stop({ keep: true })
    await rig.box.launch()
    await rig.box.ready()
    o.say('the power is back: all of them at once')
    const began = performance.now()
    const { succeeded, refused, failed } = await everyone(rig)
    const seconds = rounded((performance.now() - began) / 1000, 1)
    return { seconds, failed, succeeded, refused, machine_load: machineLoad() }
  })

/** Until nobody is refused; a phone that is, asks again when it was told to. */
async function everyone(rig: Rig) {
  let [succeeded, refused] = [0, 0]
  let waiting: readonly number[] = [CALLERS, CALLED]
  for (let tries = 0; waiting.length > 0 && tries < TRIES; tries++) {
    if (tries > 0) await pause(RETRY_AFTER_MS)
    const asked = { count: EACH, perSecond: PER_SECOND, contactPort: CONTACT_PORT }
    const rounds = await Promise.all(
      waiting.map(async from => ({ from, ...(await registers(rig, { ...asked, from })) })),
    )
    for (const round of rounds) refused += round.failed
    for (const round of rounds) if (round.failed === 0) succeeded += EACH
    waiting = rounds.filter(round => round.failed > 0).map(round => round.from)
  }
  return { succeeded, refused, failed: waiting.length * EACH }
}
