// Ten thousand presses while supervisor and board are killed and frozen in turn.
import test from 'ava'
import { runCampaign, VICTIMS } from './campaign.ts'

const PRESSES = 10_000
/** A round is every victim once; each gives a few hundred presses. */
const MOST_ROUNDS = 20

test('of ten thousand presses, whoever is killed or frozen meanwhile, none is lost and none doubled', async t => {
  t.timeout(3 * 3_600_000)
  let presses = 0
  for (let seed = 1; presses < PRESSES; seed++) {
    if (seed > MOST_ROUNDS) return t.fail(`${presses} presses in ${MOST_ROUNDS} rounds`)
    const verdict = await runCampaign({
      victims: VICTIMS,
      seed,
      pressSeconds: 40,
      frozenSeconds: 8,
      paceMilliseconds: 120,
      say: text => t.log(`seed ${seed}, ${text}`),
    })
    presses += verdict.presses
    t.deepEqual(verdict.lost, [], `seed ${seed}`)
    t.deepEqual(verdict.doubled, [], `seed ${seed}`)
    t.deepEqual(verdict.disagreements, [], `seed ${seed}`)
  }
  t.log(`${presses} presses`)
})
