// The long campaign, by hand: run-campaign.ts [CYCLES] [SEED]. Every seed tells another story; a failed one is told again with its seed.
import { runCampaign, VICTIMS } from './campaign.ts'
import { seededRandom } from './seeded-random.ts'

const cycles = Number(process.argv[2] ?? 25)
const seed = Number(process.argv[3] ?? Math.floor(Math.random() * 1e9))
const random = seededRandom(seed)
const victims = Array.from({ length: cycles }, () => VICTIMS[Math.floor(random() * VICTIMS.length)] ?? 'nobody')
console.log(`seed ${seed}`)
const verdict = await runCampaign({
  victims,
  seed,
  pressSeconds: 10,
  frozenSeconds: 30,
  say: text => console.log(text),
})
for (const text of [...verdict.lost, ...verdict.doubled, ...verdict.disagreements]) console.log(`✗ ${text}`)
console.log(
  `${verdict.presses} presses, ${verdict.alarms} alarms, ${verdict.lost.length} lost, ${verdict.doubled.length} doubled`,
)
process.exitCode = verdict.lost.length + verdict.doubled.length + verdict.disagreements.length > 0 ? 1 : 0
