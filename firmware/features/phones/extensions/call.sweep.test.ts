import { test } from '../../../testkit/scenario-test.ts'
import { type Story, sweepFaults, sweepHangs, sweepRestarts } from '../../../testkit/sweeps.ts'

const STORIES: readonly Story[] = [
  {
    title: 'a call that is answered and hung up',
    box: { extensions: ['201', '202'] },
    steps: [
      box => void box.phone('201').dials('202'),
      box => box.phone('202').answers(),
      box => box.passes('10s'),
      box => box.phone('202').hangsUp(),
      box => box.phone('201').hangsUp(),
    ],
  },
  {
    title: 'a call that nobody answers',
    box: { extensions: ['201', '202'] },
    steps: [box => void box.phone('201').dials('202'), box => box.passes('40s'), box => box.phone('201').hangsUp()],
  },
  {
    title: 'a call that the caller gives up',
    box: { extensions: ['201', '202'] },
    steps: [box => void box.phone('201').dials('202'), box => box.phone('201').hangsUp()],
  },
  {
    title: 'a call to a busy phone',
    box: { extensions: ['201', '202'] },
    steps: [
      box => {
        box.phone('202').manner = 'busy'
      },
      box => void box.phone('201').dials('202'),
      box => box.phone('201').hangsUp(),
    ],
  },
]

for (const story of STORIES) {
  test.sweep(`nothing is left of ${story.title}, whichever command to the switch fails`, t => sweepFaults(t, story))
  test.sweep(`nothing is left of ${story.title}, whichever command to the switch is swallowed`, t =>
    sweepHangs(t, story),
  )
  test.sweep(`nothing is left of ${story.title}, wherever the supervisor dies`, t => sweepRestarts(t, story))
}
