import test from 'ava'
import { runCampaign, VICTIMS } from './campaign.ts'

test('whoever is killed or frozen while buttons are pressed, no press is lost, none doubled, and every message is heard', async t => {
  t.timeout(10 * 60_000)
  const verdict = await runCampaign({
    victims: VICTIMS,
    seed: 1,
    pressSeconds: 6,
    frozenSeconds: 8,
    say: text => t.log(text),
  })
  t.deepEqual(verdict.lost, [])
  t.deepEqual(verdict.doubled, [])
  t.deepEqual(verdict.disagreements, [])
  t.true(verdict.presses >= 20)
})
